import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import {
  catalogItem,
  startSubscriptions,
  subscriptionId,
  subscriptionPath,
  type SubscriptionBench,
} from "./subscriptions-bench";
import { appToken, guid, type Json } from "./transport-client";

let bench: SubscriptionBench;
afterEach(() => bench.simulator.close());

const refusal = (status: number, code: string) => ({ status, body: { code } });
const idOf = (key: string): string => {
  const { productId, skuId, availabilityId } = catalogItem(key, "P1Y", "monthly");
  return `${productId}:${skuId}:${availabilityId}`;
};
const premium = idOf(sku.businessPremium);
const eligible = async (type = "immediate", id = subscriptionId) =>
  bench.call("GET", `${subscriptionPath(id)}/transitionEligibilities?eligibilityType=${type}`);
const transition = (body: Json, options = {}) =>
  bench.call("POST", `${subscriptionPath()}/transitions`, { body, ...options });

test("eligible are the upgrades of the product, each with what stands in the way", async () => {
  bench = await startSubscriptions([{ sku: sku.businessBasic }]);
  const { body } = await eligible();
  const items = body["items"] as Json[];
  expect(items.map(({ catalogItemId }) => catalogItemId)).toContain(premium);
  expect(items[0]).toMatchObject({
    quantity: 10,
    eligibilities: [
      { isEligible: true, transitionType: "transition_only", errors: [] },
      { isEligible: true, transitionType: "transition_with_license_transfer", errors: [] },
    ],
  });
  await bench.change({ status: "suspended" });
  expect(((await eligible()).body["items"] as Json[])[0]).toMatchObject({
    eligibilities: [{ isEligible: false, errors: [{ code: 2 }] }, { isEligible: false }],
  });
  expect(await eligible("sideways")).toMatchObject(refusal(400, "900126"));
});

test("downgrades exist at renewal only", async () => {
  bench = await startSubscriptions([{ sku: sku.businessPremium }]);
  const ids = async (type: string) =>
    ((await eligible(type)).body["items"] as Json[]).map(({ catalogItemId }) => catalogItemId);
  expect(await ids("immediate")).not.toContain(idOf(sku.businessBasic));
  expect(await ids("scheduled")).toContain(idOf(sku.businessBasic));
});

test("all seats move: the subscription becomes the other product", async () => {
  bench = await startSubscriptions([{ sku: sku.businessBasic, boughtDaysAgo: 30 }]);
  const reply = await transition({ toCatalogItemId: premium, quantity: 10, transitionType: "transition_only" });
  expect(reply).toMatchObject({
    status: 200,
    body: { toSubscriptionId: subscriptionId, quantity: 10, events: [{ name: "Conversion", status: "Completed" }] },
  });
  expect(await bench.read()).toMatchObject({
    offerId: premium,
    offerName: "Microsoft 365 Business Premium",
    quantity: 10,
  });
  const history = await bench.call(
    "GET",
    `${subscriptionPath()}/transitions?operationId=${String(reply.body["operationId"])}`,
  );
  expect(history.body).toMatchObject({ items: [{ fromSubscriptionId: subscriptionId, toCatalogItemId: premium }] });
});

test("some seats move: a new subscription inherits the window of its source", async () => {
  bench = await startSubscriptions([{ sku: sku.businessBasic, boughtDaysAgo: 3 }]);
  const { body } = await transition({ toCatalogItemId: premium, quantity: 4 });
  await bench.clock.advance(60_000);
  expect(await bench.read()).toMatchObject({ quantity: 6 });
  expect(await bench.read(String(body["toSubscriptionId"]))).toMatchObject({
    quantity: 4,
    status: "active",
    cancellationAllowedUntilDate: "2026-11-20T09:00:00Z",
  });
});

test("or they join a subscription that is there", async () => {
  const other = guid("other");
  bench = await startSubscriptions([{ sku: sku.businessBasic }, { id: other, quantity: 5 }]);
  const reply = await transition({ toCatalogItemId: premium, toSubscriptionId: other, quantity: 4 });
  expect(reply).toMatchObject({ status: 200, body: { toSubscriptionId: other } });
  expect(await bench.read(other)).toMatchObject({ quantity: 9 });
  expect(await transition({ toCatalogItemId: premium, toSubscriptionId: guid("x"), quantity: 1 })).toMatchObject(
    refusal(400, "900260"),
  );
});

test("a trial becomes the paid product, with a term and a window", async () => {
  bench = await startSubscriptions([{ sku: sku.businessPremiumTrial, boughtDaysAgo: 5 }]);
  expect((await eligible("scheduled")).body).toMatchObject({ items: [] });
  expect(await transition({ toCatalogItemId: premium, quantity: 10 })).toMatchObject({ status: 200 });
  expect(await bench.read()).toMatchObject({
    isTrial: false,
    termDuration: "P1Y",
    billingCycle: "monthly",
    cancellationAllowedUntilDate: "2026-11-23T09:00:00Z",
  });
});

test("what does not fit is refused", async () => {
  bench = await startSubscriptions([{ sku: sku.businessBasic }]);
  expect(await transition({ toCatalogItemId: idOf(sku.visioPlan2), quantity: 10 })).toMatchObject(
    refusal(400, "900258"),
  );
  expect(await transition({ toCatalogItemId: premium, quantity: 11 })).toMatchObject(refusal(400, "900259"));
  expect(await transition({ toCatalogItemId: premium })).toMatchObject(refusal(400, "800002"));
  const transfer = { toCatalogItemId: premium, quantity: 10, transitionType: "transition_with_license_transfer" };
  expect(await transition(transfer, { token: appToken })).toMatchObject({
    status: 400,
    body: { code: "900236", data: [{ code: 5 }] },
  });
  expect(await transition(transfer)).toMatchObject({
    status: 200,
    body: { events: [{}, { name: "SeatReassignment" }] },
  });
});

test("legacy subscriptions have no transitions", async () => {
  bench = await startSubscriptions([{ sku: "84a03d81-6b37-4d66-8d4a-faea24541538", billingCycle: "annual" }]);
  expect(await eligible()).toMatchObject(refusal(403, "900263"));
});
