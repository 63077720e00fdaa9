import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { catalogItem, startSubscriptions, type SubscriptionBench } from "./subscriptions-bench";
import { guid, type Json } from "./transport-client";

let bench: SubscriptionBench;
afterEach(() => bench.simulator.close());

const refusal = (status: number, code: string) => ({ status, body: { code } });
const cancelAtEnd = { autoRenewEnabled: false, scheduledActions: [{ scheduleType: "TermEnd", actionType: "Cancel" }] };
const renewal = { product: catalogItem(sku.businessPremium, "P1Y", "monthly"), quantity: 7 };

test("a PATCH replaces the resource: a left-out autoRenewEnabled is false", async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 30 }]);
  const { autoRenewEnabled: _, ...body } = await bench.read();
  expect(await bench.patch({ ...body, quantity: 12 })).toMatchObject({
    status: 200,
    body: { quantity: 12, autoRenewEnabled: false },
  });
});

test("a left-out schedule is gone, whatever else changed", async () => {
  bench = await startSubscriptions();
  await bench.change({ scheduledNextTermInstructions: renewal });
  const { scheduledNextTermInstructions: scheduled, ...body } = await bench.read();
  expect(scheduled).toEqual(renewal);
  expect(await bench.patch({ ...body, friendlyName: "Renamed" })).toMatchObject({ status: 200 });
  expect(await bench.read()).not.toHaveProperty("scheduledNextTermInstructions");
});

test("a nickname keeps the schedule when it is sent back", async () => {
  bench = await startSubscriptions();
  await bench.change({ scheduledNextTermInstructions: renewal });
  expect(await bench.change({ friendlyName: "Renamed" })).toMatchObject({ body: { friendlyName: "Renamed" } });
  expect(await bench.read()).toMatchObject({ scheduledNextTermInstructions: renewal });
});

test.each([
  ["more seats", { quantity: 11 }],
  ["fewer seats", { quantity: 9 }],
  ["another billing cycle", { billingCycle: "annual" }],
  ["a longer term", { termDuration: "P3Y" }],
  ["suspending", { status: "suspended" }],
])("%s deletes what was scheduled for the renewal", async (_name, change) => {
  bench = await startSubscriptions([{ sku: sku.m365E3 }]);
  const product = catalogItem(sku.m365E3, "P1Y", "monthly");
  await bench.change({ scheduledNextTermInstructions: { product, quantity: 7 } });
  expect(await bench.change(change)).toMatchObject({ status: 200, body: change });
  expect(await bench.read()).not.toHaveProperty("scheduledNextTermInstructions");
});

test("a seat change deletes even a scheduled end: the subscription would go on", async () => {
  bench = await startSubscriptions();
  await bench.change(cancelAtEnd);
  await bench.change({ quantity: 11 });
  expect(await bench.read()).not.toHaveProperty("scheduledActions");
  expect(await bench.read()).toMatchObject({ autoRenewEnabled: false });
});

test("fields nobody knows are kept and returned; fields a client cannot write are ignored", async () => {
  bench = await startSubscriptions();
  const added = { somethingNew: { deep: [1, 2] } };
  expect(await bench.change({ ...added, quantity: 11, offerName: "Mine", orderId: "x" })).toMatchObject({
    status: 200,
  });
  expect(await bench.read()).toMatchObject({ ...added, offerName: "Microsoft 365 Business Premium", quantity: 11 });
});

test("one thing per PATCH", async () => {
  bench = await startSubscriptions();
  expect(await bench.change({ quantity: 11, status: "suspended" })).toMatchObject(refusal(400, "3000"));
  expect(await bench.read()).toMatchObject({ quantity: 10, status: "active" });
});

test("sending back what was read changes nothing", async () => {
  bench = await startSubscriptions();
  const before = await bench.read();
  expect(await bench.patch(before)).toMatchObject({ status: 200 });
  expect(await bench.read()).toEqual(before);
  expect(await bench.control("GET", "/books?outcome=unchanged")).toMatchObject({
    entries: [{ effective: false, effects: [] }],
  });
});

test("an id that is not the one of the path is refused, values that cannot be parsed too", async () => {
  bench = await startSubscriptions();
  expect(await bench.change({ id: guid("other") }).then(({ status }) => status)).toBe(400);
  expect(await bench.change({ status: "sleeping" })).toMatchObject(refusal(400, "900126"));
  expect(await bench.change({ friendlyName: 5 })).toMatchObject(refusal(400, "800002"));
});

test("with an etag only the latest read may be written back", async () => {
  bench = await startSubscriptions();
  await bench.set({ subscriptionEtags: "all" });
  const first = await bench.read();
  const ifMatch = { headers: { "If-Match": `"${String((first["attributes"] as Json)["etag"])}"` } };
  expect(await bench.patch({ ...first, quantity: 11 }, ifMatch)).toMatchObject({ status: 200 });
  expect(await bench.patch({ ...first, quantity: 12 }, ifMatch)).toMatchObject(refusal(412, "2055"));
  await bench.set({ staleEtagAnswer: "400" });
  expect(await bench.patch({ ...first, quantity: 12 }, ifMatch)).toMatchObject(refusal(400, "2055"));
});

test("so many updates and no more", async () => {
  bench = await startSubscriptions();
  await bench.set({ updateCap: 1 });
  await bench.change({ quantity: 11 });
  expect(await bench.change({ quantity: 12 })).toMatchObject(refusal(400, "900311"));
});

test("a partner on record belongs to the indirect model", async () => {
  bench = await startSubscriptions();
  expect(await bench.change({ partnerId: "4815162" })).toMatchObject(refusal(400, "800098"));
  await bench.set({ partnerModel: "indirect" });
  expect(await bench.change({ partnerId: "4815162" })).toMatchObject({ status: 200, body: { partnerId: "4815162" } });
});
