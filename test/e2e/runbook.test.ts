import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { TableClient } from "@azure/data-tables";
import { ServiceBusClient } from "@azure/service-bus";
import { accessTokenOf } from "../../local/demo/access-token";
import { resellerApps } from "../../local/presets/demo-apps";
import { mspTenant } from "../../local/presets/tenants";
import { hasCurl, installCurl } from "./readme-tour";
import { commandsOf, runCommands, type ShellRun } from "./runbook-commands";
import { startSystem, until, type RunningSystem } from "./running-system";

/** The procedures of docs/runbook.md that this machine can follow, with the very commands that stand there. */
jest.setTimeout(120_000);

let system: RunningSystem;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "csp-runbook-"));
  system = await startSystem();
  const { platform, tenantId } = system;
  if (!hasCurl()) installCurl(folder);
  const settings = path.join(folder, "cloud.settings.json");
  writeFileSync(settings, JSON.stringify({ Values: platform.settings }));
  environment = {
    API: `${platform.apiUrl}/api/v1/csp`,
    TOKEN: await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`),
    TENANT: tenantId,
    SETTINGS: settings,
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
  };
});

afterAll(async () => {
  await system.close();
  rmSync(folder, { recursive: true });
});

/** Runs what stands under a heading, with these words in place of those in pointed brackets. */
function follow(section: string, words: Record<string, string> = {}): Promise<ShellRun> {
  const filled = Object.entries(words).reduce(
    (text, [placeholder, word]) => text.replaceAll(placeholder, word),
    commandsOf(section).replaceAll("cloud.settings.json", '"$SETTINGS"'),
  );
  return runCommands(filled, environment);
}

async function ask(route: string): Promise<Record<string, unknown>> {
  const { API = "", TOKEN = "" } = environment;
  const response = await fetch(API + route, { headers: { authorization: `Bearer ${TOKEN}` } });
  return (await response.json()) as Record<string, unknown>;
}

async function tenants(): Promise<{ tenantId: string; connection?: object; lastSyncedAt?: string }[]> {
  return (await ask("/tenants"))["value"] as Awaited<ReturnType<typeof tenants>>;
}

function table(name: string): TableClient {
  const { connectionString } = system.platform.tables;
  return TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
}

const effectiveWrites = (): number =>
  system.platform.simulator.simulation.world.books.filter(({ effective, origin }) => effective && origin === "api")
    .length;

test("rebuild: lists that were lost and lines that were forged are right again, and a second run finds nothing to do", async () => {
  // The first syncs of the demo's tenants change the list by themselves.
  await until(async () => (await tenants()).every((one) => !one.connection || one.lastSyncedAt), "all are synced");
  const before = await tenants();
  const directory = table("directory");
  const [first, second] = before;
  await directory.deleteEntity("tenants", first?.tenantId ?? "");
  const line = await directory.getEntity("tenants", second?.tenantId ?? "");
  const forged = JSON.stringify(line).replaceAll('\\"inModule\\":true', '\\"inModule\\":false');
  await directory.updateEntity(JSON.parse(forged), "Replace");
  expect(await tenants()).not.toEqual(before);

  const rebuilt = await follow("Rebuild the read models");
  expect([rebuilt.code, rebuilt.output]).toEqual([0, expect.stringMatching(/[12] written/)]);
  expect(await tenants()).toEqual(before);
  expect((await follow("Rebuild the read models")).output).toMatch(/0 written, 0 removed/);
});

test("the audit log is verified, and rows are migrated, with nothing to find", async () => {
  const verified = await follow("Verify the audit log");
  expect([verified.code, verified.output]).toEqual([0, expect.stringContaining("The audit log holds")]);
  expect((await follow("Migrate rows")).code).toBe(0);
});

test("rotate: the new secret of a reseller is verified and used, and the old one is not needed any more", async () => {
  const { platform } = system;
  const { value } = await ask("/resellers?search=Nordlicht");
  const [reseller] = value as { id: string }[];
  environment["RESELLER"] = reseller?.id ?? "";
  const secrets = `${platform.entra.url}/_control/apps/${resellerApps.nordlicht.appId}/secrets`;
  const post = { method: "POST", headers: { "content-type": "application/json" } };
  await fetch(secrets, { ...post, body: JSON.stringify({ value: "the-secret-of-next-year" }) });

  const rotated = await follow("Rotate the secret of a reseller", { "<the new secret>": "the-secret-of-next-year" });
  expect(rotated.code).toBe(0);
  expect(rotated.output).toContain('"secretVerified":true');
  expect(rotated.output).toContain('"findings"');

  await fetch(secrets, {
    ...{ ...post, method: "PATCH" },
    body: JSON.stringify({ value: resellerApps.nordlicht.secret, become: "expired" }),
  });
  await platform.runFunction("tendResellers");
  await until(async () => (await ask(`/resellers/${reseller?.id}`))["state"] === "Authorized", "still authorised");
  const bought = effectiveWrites();
  const [subscription = ""] = await system.buyable();
  await system.addSeats([subscription], 1);
  expect((await system.settle(5)).every(({ state }) => state === "Completed")).toBe(true);
  expect(effectiveWrites()).toBe(bought + 1);
});

test("writes off: nothing is bought while it is off, everything asked for meanwhile afterwards, once", async () => {
  const bought = effectiveWrites();
  const off = await follow("Writes off");
  expect(off.output).toContain('"mode":"off"');
  const [subscription = ""] = await system.buyable();
  const [id = ""] = await system.addSeats([subscription], 1);
  await until(async () => {
    const change = (await system.changes()).find((one) => one.id === id);
    return change !== undefined && "parkedReason" in change;
  }, "the change is parked");
  expect(effectiveWrites()).toBe(bought);

  const on = await follow("Writes off", { '"mode":"off"': '"mode":"on"' });
  expect(on.output).toContain('"mode":"on"');
  expect((await system.settle(10)).every(({ state }) => state === "Completed")).toBe(true);
  expect(effectiveWrites()).toBe(bought + 1);
});

test("replay: a message in the dead letters comes back by itself, and its change is done once", async () => {
  const { platform } = system;
  const bought = effectiveWrites();
  const { faults } = platform.simulator.simulation;
  const hold = faults.add({ kind: "holdBefore", route: "writes", count: null });
  const [subscription = ""] = await system.buyable();
  await system.addSeats([subscription], 1);
  await until(() => hold.holding > 0, "the write is on its way");
  await platform.host?.kill();
  faults.clear(hold.id);
  await killMessage();
  expect(platform.serviceBus.counts("changes")).toMatchObject({ active: 0, deadLetter: 1 });

  await platform.host?.restart();
  await until(() => platform.serviceBus.counts("changes").deadLetter === 0, "the dead letter is taken");
  expect((await system.settle(40)).every(({ state }) => state === "Completed")).toBe(true);
  expect(effectiveWrites()).toBe(bought + 1);
});

/** Puts the one message of the queue `changes` into its dead letters, as ten deliveries in vain would. */
async function killMessage(): Promise<void> {
  const client = new ServiceBusClient(system.platform.serviceBus.connectionString);
  try {
    const session = await client.acceptNextSession("changes");
    const [message] = await session.receiveMessages(1, { maxWaitTimeInMs: 10_000 });
    if (!message) throw new Error("There is no message to take.");
    await session.deadLetterMessage(message, {
      deadLetterReason: "MaxDeliveryCountExceeded",
      deadLetterErrorDescription: "Handled ten times in vain.",
    });
  } finally {
    await client.close();
  }
}
