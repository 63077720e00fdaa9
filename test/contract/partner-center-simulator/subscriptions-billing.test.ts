import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { startSubscriptions, subscriptionId, type SubscriptionBench } from "./subscriptions-bench";

let bench: SubscriptionBench;
afterEach(() => bench.simulator.close());

const refusal = (status: number, code: string) => ({ status, body: { code } });

test("another billing cycle takes effect at once, with a charge cycle to match", async () => {
  bench = await startSubscriptions([{ billingCycle: "annual", boughtDaysAgo: 40 }]);
  expect(await bench.change({ billingCycle: "monthly" })).toMatchObject({
    status: 200,
    body: { billingCycle: "monthly" },
  });
  expect(await bench.read()).toMatchObject({
    billingCycleEndDate: "2026-12-06T00:00:00Z",
    commitmentEndDate: "2027-10-06T00:00:00Z",
  });
});

test("or with the next charge, and until then the instructions show it", async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 20 }]);
  const product = { productId: "p", skuId: "s", availabilityId: "a", billingCycle: "Annual", termDuration: "P1Y" };
  expect(await bench.change({ nextChargeInstructions: { product, quantity: 10 } })).toMatchObject({
    status: 200,
    body: { billingCycle: "monthly", nextChargeInstructions: { product: { billingCycle: "annual" }, quantity: 10 } },
  });
  await bench.clock.advance(15 * 86_400_000);
  expect(await bench.read()).toMatchObject({ billingCycle: "annual" });
  expect(await bench.read()).not.toHaveProperty("nextChargeInstructions");
});

test("a longer term begins now; a shorter one is refused", async () => {
  bench = await startSubscriptions([{ termDuration: "P1M", boughtDaysAgo: 10 }]);
  expect(await bench.change({ termDuration: "P1Y" })).toMatchObject({
    status: 200,
    body: {
      termDuration: "P1Y",
      effectiveStartDate: "2026-11-16T00:00:00Z",
      commitmentEndDate: "2027-11-15T00:00:00Z",
    },
  });
  expect(await bench.change({ termDuration: "P1M" })).toMatchObject(refusal(400, "800122"));
});

test("only terms and cycles that are sold together", async () => {
  bench = await startSubscriptions();
  expect(await bench.change({ termDuration: "P7Y" })).toMatchObject(refusal(400, "800121"));
  expect(await bench.change({ billingCycle: "triennial" })).toMatchObject(refusal(400, "900270"));
  expect(await bench.change({ billingCycle: "one_time" })).toMatchObject(refusal(400, "900269"));
});

test("a triennial plan stays until the renewal", async () => {
  bench = await startSubscriptions([{ sku: sku.m365E3, termDuration: "P3Y", billingCycle: "triennial" }]);
  expect(await bench.change({ billingCycle: "annual" })).toMatchObject(refusal(400, "800097"));
});

test("trials, software and legacy each have their own answer", async () => {
  bench = await startSubscriptions([{ sku: sku.businessPremiumTrial }]);
  expect(await bench.change({ termDuration: "P1Y" })).toMatchObject(refusal(400, "800107"));
  await bench.simulator.close();
  bench = await startSubscriptions([{ sku: sku.windowsServerCal, termDuration: "P3Y", billingCycle: "annual" }]);
  expect(await bench.change({ billingCycle: "triennial" })).toMatchObject(refusal(400, "800097"));
  await bench.simulator.close();
  bench = await startSubscriptions([{ sku: "84a03d81-6b37-4d66-8d4a-faea24541538", billingCycle: "annual" }]);
  expect(await bench.change({ billingCycle: "monthly" })).toMatchObject(refusal(400, "2054"));
});

test("seats cannot be added when the term is no longer sold", async () => {
  bench = await startSubscriptions();
  const { catalog } = bench.simulator.simulation.world;
  const entry = catalog.get(sku.businessPremium);
  if (entry) catalog.set(sku.businessPremium, { ...entry, terms: [{ duration: "P3Y", billingCycle: "annual" }] });
  expect(await bench.change({ quantity: 11 })).toMatchObject(refusal(403, "800028"));
  expect(await bench.change({ quantity: 9 })).toMatchObject({ status: 200 });
});

test("the maximum of the customer counts all subscriptions of the product", async () => {
  bench = await startSubscriptions([{ quantity: 10 }, { quantity: 290 }]);
  await bench.set({ seatMaximumPerCustomer: true });
  expect(await bench.change({ quantity: 11 })).toMatchObject(refusal(403, "800088"));
  expect((await bench.read(subscriptionId))["quantity"]).toBe(10);
});
