import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { TableClient, TableServiceClient } from "@azure/data-tables";
import { applyChangesRoute } from "../../shared/api/subscriptions";
import { getChangeRoute } from "../../shared/api/changes";
import { createApiClient, type ApiClient } from "../../shared/api/client";
import { getWriteModeRoute, setWriteModeRoute } from "../../shared/api/write-mode";
import { accessTokenOf } from "../../local/demo/access-token";
import { changeOutside } from "../../local/partner-center-simulator/control/outside-change";
import { mspTenant } from "../../local/presets/tenants";
import { effectiveWrites } from "./each-done-once";
import { startSystem, until, type RunningSystem } from "./running-system";

/**
 * The runbook's restore procedure, on the running system: the state is lost and brought back from a backup that is older
 * than what was bought. What counts is what the simulator's own books say.
 */
jest.setTimeout(300_000);

let system: RunningSystem;
let admin: ApiClient;
beforeEach(async () => {
  system = await startSystem();
  const { entra, apiUrl } = system.platform;
  admin = createApiClient({ baseUrl: apiUrl, token: () => accessTokenOf(entra.url, `admin@${mspTenant.domain}`) });
});
afterEach(() => system.close());

const PROGRAM = path.resolve(__dirname, "../../dist/functions/commands/main.js");
const VIRTUAL_CLOCK = path.resolve(__dirname, "virtual-clock.cjs");
const TABLES = ["state", "directory", "work"] as const;

interface Run {
  code: number;
  out: string;
}

/** Runs a command as `npm run` does, with the settings of the running system and at its time. */
function run(...args: string[]): Promise<Run> {
  const { settings, clock } = system.platform;
  const { PATH = "" } = process.env;
  const env = { PATH, ...settings, CLOCK_OFFSET_MS: String(clock.offsetMs) };
  return new Promise((resolve) => {
    execFile(process.execPath, ["-r", VIRTUAL_CLOCK, PROGRAM, ...args], { env, cwd: tmpdir() }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, out: out + err }),
    );
  });
}

/** One more seat of one subscription, in a request of its own that can be sent again. */
interface Ask {
  key: string;
  subscriptionId: string;
}

async function send({ key, subscriptionId }: Ask): Promise<string> {
  const { body } = await admin.call(applyChangesRoute, {
    params: { tenantId: system.tenantId },
    body: { changes: [{ subscriptionId, delta: 1 }] },
    idempotencyKey: key,
  });
  const [item] = body.results;
  if (item?.outcome !== "accepted" || item.changeId === undefined)
    throw new Error(`Not accepted: ${JSON.stringify(item)}`);
  return item.changeId;
}

async function sendAll(asks: readonly Ask[]): Promise<string[]> {
  const ids: string[] = [];
  for (const ask of asks) ids.push(await send(ask));
  return ids;
}

async function switchWrites(mode: "on" | "off"): Promise<void> {
  const { etag } = await admin.call(getWriteModeRoute);
  await admin.call(setWriteModeRoute, { body: { mode }, ifMatch: etag ?? "" });
}

async function stateOf(changeId: string): Promise<string> {
  return (await admin.call(getChangeRoute, { params: { tenantId: system.tenantId, changeId } })).body.state;
}

/** The account is lost: every row of every table. */
async function loseTheState(): Promise<void> {
  const { connectionString } = system.platform.tables;
  const insecure = { allowInsecureConnection: true };
  const service = TableServiceClient.fromConnectionString(connectionString, insecure);
  for (const name of TABLES) {
    await service.deleteTable(name);
    await TableClient.fromConnectionString(connectionString, name, insecure).createTable();
  }
}

async function takeBackup(): Promise<string> {
  const { code, out } = await run("back-up");
  const name = /^Backup (\S+):/.exec(out)?.[1];
  if (code !== 0 || !name) throw new Error(`No backup: ${out}`);
  return name;
}

/** The disaster, and the way back until the app answers again. */
async function loseAndRestore(backup: string): Promise<void> {
  const { host, apiUrl } = system.platform;
  await host?.kill();
  await loseTheState();
  expect(await run("restore", "--list")).toEqual({ code: 0, out: `${backup}\n` });
  expect(await run("restore", "--backup", backup)).toMatchObject({ code: 0 });
  await host?.restart();
  await until(async () => (await fetch(`${apiUrl}/api/health/live`)).ok, "the host answers again");
}

function asksFor(subscriptions: readonly string[], count: number, from: number): Ask[] {
  return Array.from({ length: count }, (_, i) => ({
    key: `restore-test-${from + i}`,
    subscriptionId: subscriptions[i % subscriptions.length] ?? "",
  }));
}

test("what was bought after the backup is not bought again, and nothing that was asked for is lost", async () => {
  const { platform } = system;
  const subscriptions = (await system.buyable()).slice(0, 5);
  const bought = effectiveWrites(system).length;
  await switchWrites("off");
  const inBackup = asksFor(subscriptions, 10, 0);
  const later = asksFor(subscriptions, 10, 10);
  const ids = await sendAll(inBackup);
  const backup = await takeBackup();
  await sendAll(later);
  await switchWrites("on");
  await system.settle(60);
  expect(effectiveWrites(system).length - bought).toBe(20);

  await loseAndRestore(backup);
  await expect(switchWrites("on")).rejects.toMatchObject({ status: 409, problem: { code: "reconcileRequired" } });
  for (const id of ids) expect(await stateOf(id)).toBe("PendingPurchase");
  // Found at once; but what has not been found may still come, so the command asks to be run again.
  expect(await run("reconcile")).toEqual({ code: 3, out: expect.stringContaining("Run it again at") as string });
  await expect(switchWrites("on")).rejects.toMatchObject({ problem: { code: "reconcileRequired" } });
  await platform.advance(20 * 60_000);
  expect(await run("reconcile")).toEqual({
    code: 0,
    out: expect.stringContaining("Writes may be switched on") as string,
  });
  await switchWrites("on");

  // The clients never heard what became of their requests, and send all of them again.
  const again = await sendAll([...inBackup, ...later]);
  expect(again.slice(0, 10)).toEqual(ids);
  const changes = await system.settle(60);
  expect(changes.filter(({ isFinal }) => !isFinal)).toEqual([]);
  for (const id of again) expect(await stateOf(id)).toBe("Completed");
  expect(effectiveWrites(system).length - bought).toBe(20);
});

test("what had not happened yet is done once, after the restore", async () => {
  const { simulator } = system.platform;
  const [first = "", second = ""] = await system.buyable();
  const bought = effectiveWrites(system).length;
  await switchWrites("off");
  const asks = [
    { key: "not-yet-1", subscriptionId: first },
    { key: "not-yet-2", subscriptionId: second },
  ];
  const ids = await sendAll(asks);
  const backup = await takeBackup();
  await loseAndRestore(backup);
  // Somebody else buys meanwhile, and Microsoft has it on record.
  changeOutside(simulator.simulation, { subscriptionId: first, delta: 2 });
  await system.platform.advance(20 * 60_000);
  expect(await run("reconcile")).toEqual({
    code: 0,
    out: expect.stringContaining("1 writes without a change") as string,
  });
  await switchWrites("on");
  expect(await sendAll(asks)).toEqual(ids);
  await system.settle(60);
  for (const id of ids) expect(await stateOf(id)).toBe("Completed");
  expect(effectiveWrites(system).length - bought).toBe(2);
});

test("while Microsoft's records cannot be read, a person decides, and nothing is bought", async () => {
  const { faults } = system.platform.simulator.simulation;
  const [first = ""] = await system.buyable();
  const bought = effectiveWrites(system).length;
  await switchWrites("off");
  const ask = { key: "unreadable", subscriptionId: first };
  const lost = { key: "unreadable-and-lost", subscriptionId: first };
  const id = await send(ask);
  const backup = await takeBackup();
  await loseAndRestore(backup);
  await system.platform.advance(20 * 60_000);
  const fault = faults.add({ kind: "errorBefore", route: "listAuditRecords", count: null, status: 400 });
  expect(await run("reconcile")).toEqual({ code: 1, out: expect.stringContaining("1 for a person") as string });
  expect(await stateOf(id)).toBe("NeedsReview");
  await switchWrites("on");
  const again = await send(lost);
  await system.platform.advance(30 * 60_000);
  // Nothing is sent for the tenant at all: also a request that nobody knows could be one that was lost.
  expect(await stateOf(again)).toBe("PendingPurchase");
  expect(effectiveWrites(system).length - bought).toBe(0);

  faults.clear(fault.id);
  expect(await run("reconcile")).toMatchObject({ code: 0 });
  await system.settle(60);
  for (const one of [id, again]) expect(await stateOf(one)).toBe("Completed");
  expect(effectiveWrites(system).length - bought).toBe(2);
});
