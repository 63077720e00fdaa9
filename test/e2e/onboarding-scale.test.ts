import path from "node:path";
import { TableClient } from "@azure/data-tables";
import { accessTokenOf } from "../../local/demo/access-token";
import { createNarrator } from "../../local/demo/narration";
import { onboardAtScale, type OnboardingReport } from "../../local/demo/onboard-at-scale";
import { scale } from "../../local/partner-center-simulator/presets/scale";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { scaleCustomers } from "../../local/presets/preset-customers";
import { scaleTenants } from "../../local/presets/scale-tenants";
import { mspTenant } from "../../local/presets/tenants";
import { createApiClient } from "../../shared/api/client";
import { verifyAuditChain } from "../../shared/domain/audit/verify-audit-chain";
import { tableStateStore } from "../../shared/storage/table-state-store";
import { until, withUsualLimits } from "./running-system";

/**
 * An MSP with hundreds of customers begins: an empty installation, 300 tenants of two resellers, a host that is killed on
 * the way. What was done is asked of the tables, what was called of the simulator.
 */
jest.setTimeout(600_000);

const TENANTS = 300;

let platform: Platform;
let table: TableClient;
let report: OnboardingReport;
const told: string[] = [];

beforeAll(async () => {
  platform = await startPlatform({
    ports: ANY_PORTS,
    appDir: path.resolve(__dirname, "../.."),
    simulatorSeed: () => scale(TENANTS),
    customers: scaleCustomers(TENANTS),
    settings: withUsualLimits,
  });
  table = TableClient.fromConnectionString(platform.tables.connectionString, "state", {
    allowInsecureConnection: true,
  });
  const token = await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`);
  const api = createApiClient({ baseUrl: platform.apiUrl, token: () => Promise.resolve(token) });
  const narrator = createNarrator((line) => told.push(line), false);
  report = await onboardAtScale({ platform, api, narrator });
});
afterAll(() => platform.close());

async function rows(prefix: string): Promise<{ partition: string; row: string; text: string }[]> {
  const found: { partition: string; row: string; text: string }[] = [];
  for await (const entity of table.listEntities<{ body0: string }>()) {
    const { partitionKey = "", rowKey = "", body0 } = entity;
    if (rowKey.startsWith(prefix)) found.push({ partition: partitionKey, row: rowKey, text: body0 });
  }
  return found;
}

test("all 300 tenants are connected and every subscription is shown, though the host was killed on the way", () => {
  expect(told.filter((line) => line.includes("NOT SO"))).toEqual([]);
  expect(told.filter((line) => line.includes("✓"))).toHaveLength(3);
  const inSimulator = platform.simulator.simulation.world.subscriptions.size;
  expect(report).toMatchObject({ tenants: TENANTS, subscriptions: inSimulator });
  expect(inSimulator).toBeGreaterThan(3_600);
});

test("each tenant was registered, added and connected once, and each customer made once", async () => {
  const entries = (await rows("audit_")).map(({ text }) => JSON.parse(text) as { action: string; tenantId?: string });
  const of = (action: string): string[] =>
    entries.filter((entry) => entry.action === action).map(({ tenantId = "" }) => tenantId);
  const tenantIds = scaleTenants(TENANTS)
    .map(({ tenantId }) => tenantId)
    .sort();
  for (const action of ["tenant.register", "tenant.add", "connection.create", "reseller.use"]) {
    expect([action, of(action).sort()]).toEqual([action, tenantIds]);
  }
  expect(of("customer.create")).toHaveLength(TENANTS);
  expect(of("onboarding.start")).toHaveLength(2);
  expect(of("onboarding.finish")).toHaveLength(2);
  expect(await rows("customer_")).toHaveLength(TENANTS);
});

test("every first sync has stored what Microsoft shows, and no message is left", async () => {
  const all = platform.simulator.simulation.world.subscriptions.size;
  await until(async () => (await rows("sub_")).length === all, "every subscription has its snapshot", 60_000);
  await until(async () => (await rows("outbox_")).length === 0, "the outbox is empty", 60_000);
});

test("the audit log of the MSP and of the tenants is unbroken", async () => {
  const store = tableStateStore(table);
  const partitions = ["msp", ...scaleTenants(TENANTS).map(({ tenantId }) => `tenant_${tenantId}`)];
  for (const partition of partitions) {
    expect([partition, (await verifyAuditChain(store, partition)).breaks]).toEqual([partition, []]);
  }
});

test("Partner Center is called little more than once for each tenant", () => {
  const { listSubscriptions = 0, listCustomers = 0, ...others } = report.calls;
  expect(others).toEqual({});
  // One sync each, a few more where the killed host had begun; a list of customers for each slice of 18.
  expect(listSubscriptions).toBeGreaterThanOrEqual(TENANTS);
  expect(listSubscriptions).toBeLessThan(TENANTS + 30);
  expect(listCustomers).toBeLessThan(40);
});
