import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { startSubscriptions, subscriptionId, type SubscriptionBench } from "./subscriptions-bench";
import { guid } from "./transport-client";

const DAY = 86_400_000;
let bench: SubscriptionBench;
afterEach(() => bench.simulator.close());

const refusal = (status: number, code: string) => ({ status, body: { code } });

test("suspending locks the seats, hides what may be given back, and is undone before the term ends", async () => {
  bench = await startSubscriptions();
  expect(await bench.change({ status: "suspended" })).toMatchObject({
    status: 200,
    body: { status: "suspended", suspensionReasons: ["Partner"], autoRenewEnabled: true },
  });
  expect(await bench.read()).toMatchObject({ refundableQuantity: null });
  expect(await bench.change({ quantity: 11 })).toMatchObject(refusal(400, "2001"));
  expect(await bench.change({ friendlyName: "x" })).toMatchObject(refusal(400, "800091"));
  expect(await bench.change({ status: "active" })).toMatchObject({ status: 200, body: { status: "active" } });
  expect(await bench.read()).not.toHaveProperty("suspensionReasons");
});

test("a billing change for the next charge survives suspending", async () => {
  bench = await startSubscriptions([{ billingCycle: "annual" }]);
  await bench.set({ midTermBillingChange: "nextChargeCycle" });
  await bench.change({ billingCycle: "monthly" });
  await bench.change({ status: "suspended" });
  expect(await bench.read()).toMatchObject({ nextChargeInstructions: { product: { billingCycle: "monthly" } } });
});

test("what Microsoft suspended, the partner cannot reactivate", async () => {
  bench = await startSubscriptions();
  await bench.control("POST", "/outside-change", { subscriptionId, suspensionReasons: ["Fraud"] });
  expect(await bench.read()).toMatchObject({ status: "suspended", suspensionReasons: ["Fraud"] });
  expect(await bench.change({ status: "active" })).toMatchObject(refusal(400, "800091"));
});

test("cancelling works inside the window, from active and from suspended, and is final", async () => {
  const other = guid("other");
  bench = await startSubscriptions([{}, { id: other, boughtDaysAgo: 6 }]);
  await bench.change({ status: "suspended" }, { id: other });
  expect(await bench.change({ status: "deleted" }, { id: other })).toMatchObject({
    status: 200,
    body: { status: "deleted" },
  });
  expect(await bench.change({ status: "deleted" })).toMatchObject({
    status: 200,
    body: { status: "deleted", autoRenewEnabled: false },
  });
  expect(await bench.read()).toMatchObject({
    cancellationAllowedUntilDate: null,
    refundOptions: [],
    refundableQuantity: null,
  });
  expect(await bench.change({ status: "active" })).toMatchObject(refusal(400, "2011"));
});

test("past the window nothing is cancelled any more, to the second", async () => {
  bench = await startSubscriptions();
  await bench.clock.advance(7 * DAY);
  expect(await bench.change({ status: "deleted" })).toMatchObject(refusal(400, "900117"));
  expect(await bench.read()).toMatchObject({ status: "active", refundOptions: [] });
});

test("states that only time brings cannot be asked for", async () => {
  bench = await startSubscriptions();
  for (const status of ["expired", "disabled", "pending"]) {
    expect(await bench.change({ status })).toMatchObject(refusal(400, "800040"));
  }
  await bench.change({ status: "suspended" });
  expect(await bench.change({ status: "expired" })).toMatchObject(refusal(400, "800040"));
});

test("pending is not editable yet, expired not any more", async () => {
  const expired = guid("expired");
  bench = await startSubscriptions([
    { pendingSeconds: 60 },
    { id: expired, termDuration: "P1M", boughtDaysAgo: 40, suspended: { daysAgo: 35 } },
  ]);
  expect(await bench.change({ quantity: 11 })).toMatchObject(refusal(400, "800081"));
  expect(await bench.change({ quantity: 11 }, { id: expired })).toMatchObject(refusal(400, "900279"));
  await bench.clock.advance(60_000);
  expect(await bench.change({ quantity: 11 })).toMatchObject({ status: 200 });
});

test("an add-on is not enabled while its base is not active", async () => {
  const addon = guid("addon");
  bench = await startSubscriptions([
    { sku: sku.businessCentral },
    { id: addon, sku: sku.businessCentralEnvironment, quantity: 1, parentSubscriptionId: subscriptionId },
  ]);
  await bench.change({ status: "suspended" }, { id: addon });
  await bench.change({ status: "suspended" });
  expect(await bench.change({ status: "active" }, { id: addon })).toMatchObject(refusal(409, "27009"));
  await bench.change({ status: "active" });
  expect(await bench.change({ status: "active" }, { id: addon })).toMatchObject({ status: 200 });
});

test("perpetual software has neither seats nor a status to change here; an Azure plan not even that", async () => {
  const azure = guid("azure");
  bench = await startSubscriptions([{ sku: sku.officeLtsc }, { id: azure, sku: sku.azurePlan, quantity: 1 }]);
  expect(await bench.change({ quantity: 11 })).toMatchObject(refusal(403, "800027"));
  expect(await bench.change({ status: "deleted" })).toMatchObject(refusal(400, "800096"));
  expect(await bench.change({ quantity: 2 }, { id: azure })).toMatchObject(refusal(400, "2006"));
});

test("a marketplace product has 72 hours", async () => {
  const productType = { id: "SaaS", displayName: "SaaS" };
  bench = await startSubscriptions([{ boughtDaysAgo: 4, more: { productType } }]);
  const { subscriptions } = bench.simulator.simulation.world;
  // The catalog has no marketplace product: its window is set where the seed cannot.
  const found = subscriptions.get(subscriptionId);
  if (found) found.cancellableUntil = found.termBoughtAt + 3 * DAY;
  for (const lot of found?.lots ?? []) lot.removableUntil = lot.addedAt + 3 * DAY;
  expect(await bench.change({ status: "deleted" })).toMatchObject(refusal(400, "900213"));
  expect(await bench.change({ quantity: 9 })).toMatchObject(refusal(400, "900214"));
});
