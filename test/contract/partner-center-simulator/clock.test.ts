import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { VirtualClock } from "../../../local/virtual-clock";
import { catalogItem, customerId, startSubscriptions, type SubscriptionBench } from "./subscriptions-bench";
import { guid, START, type Json } from "./transport-client";

const DAY = 86_400_000;
let bench: SubscriptionBench;
afterEach(() => bench.simulator.close());

const days = (count: number) => bench.clock.advance(count * DAY);
const product = catalogItem(sku.businessPremium, "P1Y", "monthly");
const endingIn3Days = { boughtDaysAgo: 362 };

test("a term bought on the 16th ends with the 15th, and renews at midnight after it, with a new window", async () => {
  bench = await startSubscriptions();
  await bench.clock.advance(Date.parse("2027-11-15T23:59:59Z") - START.getTime());
  expect(await bench.read()).toMatchObject({
    commitmentEndDate: "2027-11-15T00:00:00Z",
    refundableQuantity: { totalQuantity: 0 },
  });
  await bench.clock.advance(1000);
  expect(await bench.read()).toMatchObject({
    status: "active",
    quantity: 10,
    effectiveStartDate: "2027-11-16T00:00:00Z",
    commitmentEndDate: "2028-11-15T00:00:00Z",
    cancellationAllowedUntilDate: "2027-11-23T00:00:00Z",
    refundableQuantity: {
      totalQuantity: 10,
      details: [{ quantity: 10, allowedUntilDateTime: "2027-11-23T00:00:00Z" }],
    },
  });
});

test.each([
  ["2026-01-31T12:00:00Z", "P1M", "2026-02-28T00:00:00Z"],
  ["2026-03-31T12:00:00Z", "P1M", "2026-04-30T00:00:00Z"],
  ["2028-02-29T12:00:00Z", "P1Y", "2029-02-28T00:00:00Z"],
  ["2026-10-15T12:00:00Z", "P1M", "2026-11-14T00:00:00Z"],
  ["2026-05-31T12:00:00Z", "P3Y", "2029-05-30T00:00:00Z"],
])("bought at %s for %s it ends with %s", async (boughtAt, termDuration, last) => {
  const clock = new VirtualClock({ start: new Date(boughtAt), running: false });
  bench = await startSubscriptions([{ termDuration, billingCycle: "monthly", sku: sku.m365E3 }], { clock });
  expect((await bench.read())["commitmentEndDate"]).toBe(last);
});

test("monthly charge cycles go by inside a year", async () => {
  bench = await startSubscriptions();
  const cycles: unknown[] = [];
  for (let month = 0; month < 3; month++) {
    cycles.push((await bench.read())["billingCycleEndDate"]);
    await days(31);
  }
  expect(cycles).toEqual(["2026-12-15T00:00:00Z", "2027-01-15T00:00:00Z", "2027-02-15T00:00:00Z"]);
});

test("a renewal brings what was scheduled, and an order of the system", async () => {
  bench = await startSubscriptions([endingIn3Days]);
  const scheduledNextTermInstructions = { product: { ...product, billingCycle: "annual" }, quantity: 7 };
  await bench.change({ scheduledNextTermInstructions });
  await days(5);
  expect(await bench.read()).toMatchObject({ quantity: 7, billingCycle: "annual", status: "active" });
  expect(await bench.read()).not.toHaveProperty("scheduledNextTermInstructions");
  const { body } = await bench.call("GET", `/v1/customers/${customerId}/orders`);
  expect(body["items"]).toContainEqual(
    expect.objectContaining({
      transactionType: "SystemPurchase",
      lineItems: [expect.objectContaining({ transactionType: "Renew", quantity: 7 })],
    }),
  );
});

test("a renewal may change the product", async () => {
  bench = await startSubscriptions([{ ...endingIn3Days, sku: sku.businessPremium }]);
  const target = catalogItem(sku.businessBasic, "P1M", "monthly");
  const scheduledActions = [
    { scheduleType: "TermEnd", actionType: "RenewToNewTerm", instructions: { product: target, quantity: 3 } },
  ];
  await bench.change({ scheduledActions });
  await days(5);
  expect(await bench.read()).toMatchObject({
    offerName: "Microsoft 365 Business Basic",
    quantity: 3,
    termDuration: "P1M",
  });
});

test("auto-renew off alone goes on month to month, at any time to be given back", async () => {
  bench = await startSubscriptions([{ ...endingIn3Days, autoRenewEnabled: false }]);
  await days(5);
  expect(await bench.read()).toMatchObject({
    status: "active",
    termDuration: "P1M",
    billingCycle: "monthly",
    offerName: "Microsoft 365 Business Premium (Extended Service Term)",
    refundableQuantity: { totalQuantity: 10, details: [{ allowedUntilDateTime: null }] },
  });
  await days(60);
  expect(await bench.change({ quantity: 8 })).toMatchObject({ status: 200 });
  expect(await bench.change({ status: "deleted" })).toMatchObject({ status: 200 });
});

test("from the extended service term auto-renew leads back to the product", async () => {
  bench = await startSubscriptions([{ ...endingIn3Days, autoRenewEnabled: false }]);
  await days(5);
  expect(await bench.change({ autoRenewEnabled: true })).toMatchObject({ status: 200 });
  await days(35);
  expect(await bench.read()).toMatchObject({
    offerName: "Microsoft 365 Business Premium",
    status: "active",
    autoRenewEnabled: true,
  });
});

test("a scheduled Cancel ends it at once, without grace", async () => {
  bench = await startSubscriptions([endingIn3Days]);
  await bench.change({
    autoRenewEnabled: false,
    scheduledActions: [{ scheduleType: "TermEnd", actionType: "Cancel" }],
  });
  await days(5);
  expect(await bench.read()).toMatchObject({ status: "deleted" });
});

test("what was bought before April 2025 has no extended service term: expired, disabled, deleted", async () => {
  const clock = new VirtualClock({ start: new Date("2026-02-01T09:00:00Z"), running: false });
  bench = await startSubscriptions([{ boughtAt: "2025-03-15T09:00:00Z", autoRenewEnabled: false }], { clock });
  const status = async () => (await bench.read())["status"];
  await bench.clock.advance(45 * DAY);
  expect(await status()).toBe("expired");
  await bench.clock.advance(30 * DAY);
  expect(await status()).toBe("disabled");
  await bench.clock.advance(90 * DAY);
  expect(await status()).toBe("deleted");
});

test("a trial converts with its instructions, or ends with auto-renew off", async () => {
  const ending = guid("ending");
  const trial = { sku: sku.businessPremiumTrial, boughtDaysAgo: 20 };
  bench = await startSubscriptions([trial, { ...trial, id: ending }]);
  expect(await bench.read()).toMatchObject({
    isTrial: true,
    scheduledNextTermInstructions: { product: { termDuration: "P1Y" } },
  });
  await bench.change({ autoRenewEnabled: false }, { id: ending });
  await days(20);
  expect(await bench.read()).toMatchObject({
    isTrial: false,
    status: "active",
    offerName: "Microsoft 365 Business Premium",
  });
  expect(await bench.read(ending)).toMatchObject({ status: "expired" });
});

test("a suspended subscription does not renew", async () => {
  bench = await startSubscriptions([endingIn3Days]);
  await bench.change({ status: "suspended" });
  await days(5);
  expect(await bench.read()).toMatchObject({ status: "expired" });
});

test("what time does is in the books and the audit records, as nobody's doing", async () => {
  bench = await startSubscriptions([endingIn3Days]);
  await days(5);
  expect(await bench.control("GET", "/books?origin=clock&effective=true")).toMatchObject({
    entries: [{ operation: "update_subscription", caller: { kind: "system" }, effects: [{ delta: 0 }] }],
  });
  const { body } = await bench.call("GET", "/v1/auditrecords?startDate=2026-11-16&endDate=2026-11-30");
  expect((body["items"] as Json[])[0]).not.toHaveProperty("userPrincipalName");
});

test("a seed plays its past: renewals, seats added, months gone by", async () => {
  bench = await startSubscriptions([
    {
      boughtDaysAgo: 400,
      added: [
        { quantity: 5, daysAgo: 20 },
        { quantity: 2, daysAgo: 1 },
      ],
    },
  ]);
  expect(await bench.read()).toMatchObject({
    quantity: 17,
    commitmentEndDate: "2027-10-11T00:00:00Z",
    refundableQuantity: { totalQuantity: 2 },
  });
  const { body } = await bench.call("GET", `/v1/customers/${customerId}/orders`);
  const lines = (body["items"] as Json[]).flatMap((order) => order["lineItems"] as Json[]);
  expect(lines.map(({ transactionType, quantity }) => [transactionType, quantity])).toEqual([
    ["New", 10],
    ["Renew", 10],
    ["AddQuantity", 5],
    ["AddQuantity", 2],
  ]);
});

test("four thousand subscriptions are loaded, and six weeks go by for all of them", async () => {
  const many = Array.from({ length: 4000 }, (_, index) => ({ boughtDaysAgo: index % 360, quantity: 1 + (index % 50) }));
  bench = await startSubscriptions(many);
  await days(42);
  const { body } = await bench.call("GET", `/v1/customers/${customerId}/subscriptions`);
  expect(body["totalCount"]).toBe(4000);
  const renewed = (body["items"] as Json[]).filter((item) => String(item["effectiveStartDate"]) > "2026-11-16");
  expect(renewed.length).toBeGreaterThan(400);
}, 20_000);

test("alone, the simulator moves its own clock by the control API; on a platform it does not", async () => {
  bench = await startSubscriptions();
  await expect(bench.control("POST", "/clock/advance", { days: 1 })).rejects.toThrow("belongs to the platform");
  await bench.simulator.close();
  const { startSimulator } = await import("../../../local/partner-center-simulator/start-simulator");
  const simulator = await startSimulator();
  try {
    const before = simulator.clock.nowMs();
    await fetch(`${simulator.url}/_control/clock/advance`, {
      method: "POST",
      body: JSON.stringify({ days: 2, hours: 1 }),
    });
    expect(simulator.clock.nowMs() - before).toBeGreaterThanOrEqual(49 * 3_600_000);
    const { now } = (await (await fetch(`${simulator.url}/_control/clock`)).json()) as { now: string };
    expect(Date.parse(now)).toBeGreaterThan(before + 2 * DAY);
  } finally {
    await simulator.close();
  }
});
