import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { catalogItem, startSubscriptions, type SubscriptionBench } from "./subscriptions-bench";
import type { Json } from "./transport-client";

let bench: SubscriptionBench;
afterEach(() => bench.simulator.close());

const refusal = (status: number, code: string) => ({ status, body: { code } });
const product = catalogItem(sku.businessPremium, "P1Y", "monthly");
const schedule = (instructions: Json) => bench.change({ scheduledNextTermInstructions: instructions });
const action = (actionType: string, more: Json = {}) => ({ scheduleType: "TermEnd", actionType, ...more });

test("auto-renew goes off and on; off deletes the schedule", async () => {
  bench = await startSubscriptions();
  await schedule({ product, quantity: 7 });
  expect(await bench.change({ autoRenewEnabled: false })).toMatchObject({
    status: 200,
    body: { autoRenewEnabled: false },
  });
  expect(await bench.read()).not.toHaveProperty("scheduledNextTermInstructions");
  expect(await bench.change({ autoRenewEnabled: true })).toMatchObject({ body: { autoRenewEnabled: true } });
});

test("the end is scheduled by auto-renew off together with Cancel, in one PATCH", async () => {
  bench = await startSubscriptions();
  const wish = { autoRenewEnabled: false, scheduledActions: [action("Cancel")] };
  expect(await bench.change(wish)).toMatchObject({ status: 200, body: wish });
  expect(await bench.read()).toMatchObject(wish);
  expect(await bench.change({ autoRenewEnabled: true })).toMatchObject(refusal(400, "3000"));
  expect(await bench.change({ autoRenewEnabled: true, scheduledActions: [] })).toMatchObject({ status: 200 });
  expect(await bench.read()).not.toHaveProperty("scheduledActions");
});

test("a new schedule replaces the old one; of both kinds only the actions count", async () => {
  bench = await startSubscriptions();
  await schedule({ product, quantity: 7 });
  await schedule({ product, quantity: 6 });
  expect(await bench.read()).toMatchObject({ scheduledNextTermInstructions: { quantity: 6 } });
  const scheduledActions = [action("RenewToNewTerm", { instructions: { product, quantity: 5 } })];
  await bench.change({ scheduledActions });
  expect(await bench.read()).toMatchObject({ scheduledActions });
  expect(await bench.read()).not.toHaveProperty("scheduledNextTermInstructions");
});

test("a schedule needs auto-renew", async () => {
  bench = await startSubscriptions([{ autoRenewEnabled: false }]);
  expect(await schedule({ product, quantity: 7 })).toMatchObject(refusal(400, "800093"));
  expect(await bench.change({ scheduledActions: [action("RenewToNewTerm")] })).toMatchObject(refusal(400, "800093"));
});

test("a schedule must be complete, on sale, and in bounds", async () => {
  bench = await startSubscriptions();
  expect(await schedule({ product: { ...product, billingCycle: undefined }, quantity: 7 })).toMatchObject(
    refusal(400, "3000"),
  );
  expect(await schedule({ product })).toMatchObject(refusal(400, "3000"));
  expect(await schedule({ product: { ...product, productId: "CFQ7TTC0NONE" }, quantity: 7 })).toMatchObject(
    refusal(404, "400013"),
  );
  expect(await schedule({ product: { ...product, skuId: "9999" }, quantity: 7 })).toMatchObject(refusal(404, "400018"));
  expect(await schedule({ product: { ...product, availabilityId: "CFQ7TTC0OLD0" }, quantity: 7 })).toMatchObject(
    refusal(404, "400019"),
  );
  expect(await schedule({ product: { ...product, termDuration: "P7Y" }, quantity: 7 })).toMatchObject(
    refusal(400, "800121"),
  );
  expect(await schedule({ product: { ...product, billingCycle: "one_time" }, quantity: 7 })).toMatchObject(
    refusal(400, "900269"),
  );
  expect(await schedule({ product, quantity: 0 })).toMatchObject(refusal(400, "2002"));
  expect(await schedule({ product, quantity: 301 })).toMatchObject(refusal(403, "800067"));
});

test("a custom end of the next term lies inside it and aligns with something", async () => {
  bench = await startSubscriptions();
  const until = (customTermEndDate: string) => schedule({ product, quantity: 7, customTermEndDate });
  expect(await until("2027-11-01")).toMatchObject(refusal(400, "900245"));
  expect(await until("2028-02-03")).toMatchObject(refusal(400, "900246"));
  expect(await until("2028-01-31")).toMatchObject({ status: 200 });
});

test("a custom end is for new commerce seats only", async () => {
  bench = await startSubscriptions([{ sku: sku.windowsServerCal }]);
  const software = catalogItem(sku.windowsServerCal, "P1Y", "annual");
  const wish = { product: software, quantity: 7, customTermEndDate: "2028-01-31" };
  expect(await schedule(wish)).toMatchObject(refusal(400, "900244"));
});

test("actions nobody knows are refused; a date of its own must be ahead", async () => {
  bench = await startSubscriptions();
  const off = (one: Json) => bench.change({ autoRenewEnabled: false, scheduledActions: [one] });
  expect(await off(action("Explode"))).toMatchObject(refusal(400, "900126"));
  expect(await off({ scheduleType: "Someday", actionType: "Cancel" })).toMatchObject(refusal(400, "900126"));
  const onDate = (effectiveDate: string) => off({ scheduleType: "CustomDate", actionType: "Cancel", effectiveDate });
  expect(await onDate("2026-01-01T00:00:00Z")).toMatchObject(refusal(400, "3000"));
  expect(await onDate("2027-01-31T00:00:00Z")).toMatchObject({ status: 200 });
  await bench.clock.advance(90 * 86_400_000);
  expect(await bench.read()).toMatchObject({ status: "deleted" });
});

test("products that do not renew are not eligible for auto-renew", async () => {
  bench = await startSubscriptions([{ sku: sku.officeLtsc }]);
  expect(await bench.change({ autoRenewEnabled: true })).toMatchObject(refusal(400, "800093"));
});

test("while the renewal queue works, nothing is written", async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 364 }]);
  await bench.set({ renewalDelayHours: 24 });
  await bench.clock.advance(86_400_000);
  expect(await bench.change({ quantity: 11 })).toMatchObject(refusal(409, "900278"));
  await bench.simulator.close();
  bench = await startSubscriptions([{ boughtDaysAgo: 364, autoRenewEnabled: false }]);
  await bench.set({ renewalDelayHours: 24 });
  await bench.clock.advance(86_400_000);
  expect(await bench.change({ quantity: 11 })).toMatchObject(refusal(400, "900277"));
});
