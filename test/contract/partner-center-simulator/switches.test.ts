import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { commerceSwitches } from "../../../local/partner-center-simulator/commerce-switches";
import { switchDefinitions } from "../../../local/partner-center-simulator/switches";
import { catalogItem, customerId, startSubscriptions } from "./subscriptions-bench";
import { switchCases } from "./switches-cases";

const readme = readFileSync(
  path.join(__dirname, "../../../local/partner-center-simulator/README.md"),
  "utf8",
).replaceAll(/ +/g, " ");

describe("every switch does what it says, in each of its positions", () => {
  const cases = Object.entries(switchCases).flatMap(([name, one]) =>
    one.positions.map(([value, seen]) => ({ name, value, seen, one })),
  );

  test.each(cases)("$name = $value", async ({ name, value, seen, one }) => {
    const bench = await startSubscriptions(one.subscriptions);
    try {
      await bench.control("PUT", "/switches", { [name]: value });
      expect(await one.observe(bench, value)).toEqual(seen);
    } finally {
      await bench.simulator.close();
    }
  });
});

test.each(Object.entries(switchCases))(
  "%s is shown in its default position and in another one",
  (name, { positions }) => {
    const values = positions.map(([value]) => value);
    const definition = switchDefinitions[name as keyof typeof switchCases];
    expect(values[0]).toBe(definition.default);
    expect(new Set(values).size).toBeGreaterThan(1);
    const allowed: readonly unknown[] = "values" in definition ? definition.values : [];
    expect(allowed.every((value) => values.includes(value as string))).toBe(true);
  },
);

test("every switch of catalog, carts, orders and the rest is turned by a test of theirs", () => {
  const sources = readdirSync(__dirname)
    .filter((file) => file.endsWith(".ts") && file !== "switches-cases.ts")
    .map((file) => readFileSync(path.join(__dirname, file), "utf8"))
    .join("\n");
  const untested = Object.keys(commerceSwitches).filter((name) => !new RegExp(`\\b${name}\\b`).test(sources));
  expect(untested).toEqual([]);
});

test("carts live as long as the switch says", async () => {
  const bench = await startSubscriptions();
  try {
    await bench.set({ cartLifetimeDays: 1 });
    const { productId, skuId, availabilityId } = catalogItem(sku.businessBasic, "P1Y", "monthly");
    const catalogItemId = `${productId}:${skuId}:${availabilityId}`;
    const lineItems = [{ id: 0, catalogItemId, quantity: 1, billingCycle: "monthly", termDuration: "P1Y" }];
    const carts = `/v1/customers/${customerId}/carts`;
    const { body } = await bench.call("POST", carts, { body: { lineItems } });
    expect(body["expirationTimestamp"]).toBe("2026-11-17T09:00:00.000Z");
    await bench.clock.advance(86_400_000);
    expect((await bench.call("GET", `${carts}/${String(body["id"])}`)).status).toBe(404);
  } finally {
    await bench.simulator.close();
  }
});

test("the README lists every switch with its default", () => {
  const missing = Object.entries(switchDefinitions)
    .map(([name, { default: value }]) => `| \`${name}\` | ${value} |`)
    .filter((row) => !readme.includes(row));
  expect(missing).toEqual([]);
});

test("an unknown switch, or a value it does not take, is refused by name and nothing is changed", async () => {
  const bench = await startSubscriptions();
  try {
    await expect(bench.control("PUT", "/switches", { bomb: true })).rejects.toThrow("bomb");
    await expect(bench.control("PUT", "/switches", { bom: true, dateStyle: "roman" })).rejects.toThrow("dateStyle");
    expect(bench.simulator.simulation.switches.bom).toBe(false);
  } finally {
    await bench.simulator.close();
  }
});
