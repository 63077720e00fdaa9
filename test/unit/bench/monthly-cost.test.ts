import { readFileSync } from "node:fs";
import path from "node:path";
import { readMeasured, readPrices, shownCost } from "../../../bench/cost/cost-files";
import { costTable } from "../../../bench/cost/cost-table";
import { readInstallations } from "../../../bench/cost/installations";
import { monthlyCost, monthlyUse, type Installation, type Use } from "../../../bench/cost/monthly-cost";
import { DAYS_PER_MONTH } from "../../../bench/cost/workload";

const ROOT = path.resolve(__dirname, "../../..");
const prices = readPrices(ROOT);
const installations = readInstallations(path.join(ROOT, "infra"));

const NOTHING: Use = {
  executions: 0,
  httpSeconds: 0,
  backgroundSeconds: 0,
  tableTransactions: 0,
  vaultOperations: 0,
  messages: 0,
  logBytes: 0,
};
const IDLE = { visit: NOTHING, change: NOTHING, sync: NOTHING, sweep: NOTHING, daily: NOTHING };
const PLAIN: Installation = {
  ...{ name: "dev", instanceGb: 2, alwaysReadyHttp: 0, serviceBus: "Standard", privateEndpoints: 0 },
  ...{ metricRules: 0, logRules: 0 },
};
const used = (use: Partial<Use>) => ({ use: { ...IDLE, daily: { ...NOTHING, ...use } }, bytesPerTenant: 0 });

test("the README shows what the kept figures and prices come to", () => {
  const readme = readFileSync(path.join(ROOT, "README.md"), "utf8");
  expect(shownCost(readme)).toBe(costTable(installations, readMeasured(ROOT), prices));
});

test("what is priced is what the templates deploy", () => {
  expect(installations.map(({ name }) => name)).toEqual(["dev", "prod", "private"]);
  const [dev, prod, closed] = installations;
  expect([dev?.alwaysReadyHttp, prod?.alwaysReadyHttp]).toEqual([0, 2]);
  expect([prod?.serviceBus, closed?.serviceBus, closed?.privateEndpoints]).toEqual(["Standard", "Premium", 7]);
  expect(prod?.metricRules).toBeGreaterThan(0);
});

test("an installation that nobody uses costs what waits: Service Bus, alert rules, instances kept ready", () => {
  expect(monthlyCost(PLAIN, 0, used({}), prices)).toMatchObject({ total: 10, serviceBus: 10, functions: 0 });
  const rules = monthlyCost({ ...PLAIN, metricRules: 5, logRules: 2 }, 0, used({}), prices);
  expect(rules.alerts).toBeCloseTo(5 * 0.1 + 2 * 1.5);
  const ready = monthlyCost({ ...PLAIN, alwaysReadyHttp: 1 }, 0, used({}), prices);
  expect(ready.alwaysReady).toBeCloseTo(2 * 86_400 * DAYS_PER_MONTH * 0.000004);
});

test("seconds and executions are free up to the monthly grant, and cost beyond it", () => {
  const free = 100_000 / 2 / DAYS_PER_MONTH;
  expect(monthlyCost(PLAIN, 0, used({ backgroundSeconds: free }), prices).functions).toBeCloseTo(0);
  expect(monthlyCost(PLAIN, 0, used({ backgroundSeconds: 2 * free }), prices).functions).toBeCloseTo(2.6);
  const executions = 1_250_000 / DAYS_PER_MONTH;
  expect(monthlyCost(PLAIN, 0, used({ executions }), prices).functions).toBeCloseTo(0.4);
});

test("instances that are ready work at their own price, without a grant, and only for HTTP", () => {
  const seconds = 1_000 / DAYS_PER_MONTH;
  const idle = monthlyCost({ ...PLAIN, alwaysReadyHttp: 1 }, 0, used({}), prices).alwaysReady;
  const busy = monthlyCost({ ...PLAIN, alwaysReadyHttp: 1 }, 0, used({ httpSeconds: seconds }), prices);
  expect(busy.alwaysReady - idle).toBeCloseTo(1_000 * 2 * 0.000016);
  expect(busy.functions).toBe(0);
});

test("logs cost beyond five gigabytes, tables by transactions and bytes", () => {
  const perDay = (monthly: number): number => monthly / DAYS_PER_MONTH;
  expect(monthlyCost(PLAIN, 0, used({ logBytes: perDay(5e9) }), prices).logs).toBeCloseTo(0);
  expect(monthlyCost(PLAIN, 0, used({ logBytes: perDay(7e9) }), prices).logs).toBeCloseTo(2 * 2.76);
  const stored = { ...used({ tableTransactions: perDay(1e9) }), bytesPerTenant: 1e6 };
  expect(monthlyCost(PLAIN, 1_000, stored, prices).tables).toBeCloseTo(1e5 * 0.00036 + 0.06);
});

test("what tenants do grows with them, what the installation does by itself does not", () => {
  const measured = readMeasured(ROOT);
  const [few, many] = [monthlyUse(measured.use, 100), monthlyUse(measured.use, 200)];
  const alone = monthlyUse(measured.use, 0);
  expect(alone.executions).toBeGreaterThan(1440 * 30);
  expect(many.executions - alone.executions).toBeCloseTo(2 * (few.executions - alone.executions));
});
