import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { accessTokenOf } from "../../local/demo/access-token";
import { loadDemoData } from "../../local/demo/load-demo-data";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { customerTenants, mspTenant, resellerTenants } from "../../local/presets/tenants";
import { listTenantAuditLogsRoute } from "../../shared/api/audit-logs";
import { listChangesRoute } from "../../shared/api/changes";
import { createApiClient, type ApiClient } from "../../shared/api/client";
import { hasCurl, installCurl, readTour, runTour, type TourRun } from "./readme-tour";

/** The README's tour, line by line, and then whether it kept its word: asked at the simulator, not at the tour. */
jest.setTimeout(120_000);

const ROOT = path.resolve(__dirname, "../..");
const SESSION_LIMIT_MS = 90_000;
const tenantId = customerTenants.pennine.tenantId;
const INTUNE = "d0000000-0000-4000-8000-000000000092";

let platform: Platform;
let api: ApiClient;
let tools: string;
let seatsBefore: number;
let run: TourRun;

beforeAll(async () => {
  tools = mkdtempSync(path.join(tmpdir(), "csp-tour-"));
  platform = await startPlatform({ ports: ANY_PORTS, appDir: ROOT, simulatorSeed: () => demo() });
  const { apiUrl, entra, simulator, clock } = platform;
  await loadDemoData({ apiUrl, entraUrl: entra.url, now: clock.now() });
  const token = await accessTokenOf(entra.url, `admin@${mspTenant.domain}`);
  api = createApiClient({ baseUrl: apiUrl, token: () => Promise.resolve(token) });
  seatsBefore = seats();
  if (!hasCurl()) installCurl(tools);
  const commands = readTour(readFileSync(path.join(ROOT, "README.md"), "utf8"));
  const addresses = { API: apiUrl, ENTRA: entra.url, SIMULATOR: simulator.url, TMPDIR: tools };
  run = await runTour(commands, { ...addresses, PATH: `${tools}:${process.env["PATH"] ?? ""}` }, SESSION_LIMIT_MS);
});

afterAll(async () => {
  await platform.close();
  rmSync(tools, { recursive: true });
});

function seats(): number {
  return platform.simulator.simulation.world.subscriptions.get(INTUNE)?.resource.quantity ?? Number.NaN;
}

/** What the commands showed, without the line numbers. */
function shown(): string {
  return run.outputs.map(({ text }) => text).join("\n");
}

test("every line of the tour in README.md runs", () => {
  expect(run.failure).toBeUndefined();
  expect(run.outputs.length).toBeGreaterThan(40);
  expect(shown()).not.toContain("undefined");
});

test("the tour shows what its text says: the second reseller authorised, the tenant connected", () => {
  expect(shown()).toContain("Northgate Cloud UK: NotAuthorized");
  expect(shown()).toContain(`${platform.apiUrl}/api/docs?status=authorized`);
  expect(shown()).toContain(`${platform.apiUrl}/api/docs?status=consented`);
  expect(shown()).toContain("30 × Microsoft Intune Plan 1, active");
  expect(shown()).toContain("Seats changed from 30 to 35.");
});

test("at the end of the first part the simulator's books show five more seats from exactly one effective write", () => {
  const [first] = run.outputs.filter(({ text }) => text.includes("update_subscription"));
  expect(first?.text.match(/update_subscription/g)).toHaveLength(1);
  expect(first?.text).toMatch(/^\[\s*\[\s*'update_subscription',\s*'[0-9a-f-]{36}',\s*5\s*\]\s*\]$/);
});

test("in the end the five seats are bought and given back, once each, and nothing else was written", async () => {
  const response = await fetch(`${platform.simulator.url}/_control/books`);
  const { entries } = (await response.json()) as { entries: Record<string, unknown>[] };
  const effective = entries.filter((entry) => entry["effective"] === true);
  expect(effective).toMatchObject([
    {
      operation: "update_subscription",
      origin: "api",
      customerId: tenantId,
      partnerId: resellerTenants.northgate.tenantId,
      subscriptionId: INTUNE,
      effects: [{ quantityBefore: seatsBefore, quantityAfter: seatsBefore + 5, delta: 5 }],
    },
    { origin: "api", subscriptionId: INTUNE, effects: [{ quantityAfter: seatsBefore, delta: -5 }] },
  ]);
  expect(entries).toHaveLength(2);
  expect(seats()).toBe(seatsBefore);
  expect(shown()).toContain(String(effective[0]?.["requestId"]));
});

test("asking twice with one key made one change", async () => {
  const { body } = await api.call(listChangesRoute, { params: { tenantId } });
  expect(body.value).toMatchObject([
    { state: "Cancelled", ask: { delta: 2 }, attempts: [] },
    { state: "Completed", ask: { delta: -5 }, attempts: [{ state: "applied" }] },
    { state: "Completed", ask: { delta: 5 }, attempts: [{ state: "applied" }] },
  ]);
});

test("the audit log says who bought, how many and why, and that it was completed", async () => {
  const { body } = await api.call(listTenantAuditLogsRoute, { params: { tenantId } });
  const asked = body.value.filter((entry) => entry.action === "subscription.quantity.update");
  const bought = asked.slice(-1);
  expect(bought).toMatchObject([
    {
      actor: { kind: "user", name: `admin@${mspTenant.domain}` },
      result: "success",
      reason: "Five new drivers",
      subscriptionId: INTUNE,
    },
  ]);
  expect(body.value).toContainEqual(
    expect.objectContaining({ action: "change.completed", changeId: bought[0]?.changeId }),
  );
  expect(shown()).toContain("subscription.quantity.update");
});

test("the tour's second half shows what its text says: refused, given back, switched off, cancelled, exported, onboarded", () => {
  expect(shown()).toContain("'reductionWindowClosed'");
  expect(shown()).toMatch(/^increaseSeats: yes$/m);
  expect(shown()).toContain("Completed: Seats changed from 35 to 30.");
  expect(shown()).toContain("Microsoft Intune Plan 1: PendingPurchase, writesOff");
  expect(shown()).toMatch(/^Cancelled$/m);
  expect(shown()).toMatch(/^\[ 5, -5 \]$/m);
  expect(shown()).toContain("change.cancel");
  expect(shown()).toMatch(/^some$/m);
});
