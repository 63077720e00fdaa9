import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import {
  customerId,
  startSubscriptions,
  subscriptionId,
  subscriptionPath,
  type SubscriptionBench,
} from "./subscriptions-bench";
import { guid, type Json } from "./transport-client";

let bench: SubscriptionBench;
afterEach(() => bench.simulator.close());

const listPath = `/v1/customers/${customerId}/subscriptions`;
const itemsOf = (body: Json) => body["items"] as Json[];

test("a subscription shows its term, window and refund options", async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 0, quantity: 25, friendlyName: "Main office" }]);
  expect(await bench.read()).toMatchObject({
    id: subscriptionId,
    offerName: "Microsoft 365 Business Premium",
    friendlyName: "Main office",
    productType: { id: "OnlineServicesNCE" },
    quantity: 25,
    creationDate: "2026-11-16T09:00:00.000Z",
    effectiveStartDate: "2026-11-16T00:00:00Z",
    commitmentEndDate: "2027-11-15T00:00:00Z",
    commitmentEndDateTime: "2027-11-15T23:59:59Z",
    billingCycleEndDate: "2026-12-15T00:00:00Z",
    cancellationAllowedUntilDate: "2026-11-23T09:00:00Z",
    status: "active",
    autoRenewEnabled: true,
    termDuration: "P1Y",
    billingCycle: "monthly",
    refundOptions: [
      { type: "Full", expiresAt: "2026-11-17T09:00:00Z" },
      { type: "Partial", expiresAt: "2026-11-23T09:00:00Z" },
    ],
    refundableQuantity: { totalQuantity: 25 },
    attributes: { objectType: "Subscription" },
  });
});

test("each kind of product has its own window", async () => {
  const kinds = {
    trial: guid("trial"),
    software: guid("software"),
    perpetual: guid("perpetual"),
    legacy: guid("legacy"),
  };
  bench = await startSubscriptions([
    { sku: sku.windowsServerCal, id: kinds.software },
    { sku: sku.officeLtsc, id: kinds.perpetual },
    { sku: sku.businessPremiumTrial, id: kinds.trial },
    { sku: "84a03d81-6b37-4d66-8d4a-faea24541538", id: kinds.legacy, billingCycle: "annual" },
  ]);
  const until = async (id: string) => (await bench.read(id))["cancellationAllowedUntilDate"];
  expect(await until(kinds.software)).toBe("2026-11-23T09:00:00Z");
  expect(await until(kinds.perpetual)).toBe("2026-12-16T09:00:00Z");
  expect(await until(kinds.trial)).toBe("2026-12-15T23:59:59Z");
  expect(await bench.read(kinds.legacy)).toMatchObject({
    refundOptions: [{ type: "Full" }, { type: "Partial", expiresAt: null }],
  });
  expect(await bench.read(kinds.legacy)).not.toHaveProperty("productType");
  expect(await bench.read(kinds.perpetual)).toMatchObject({ refundOptions: [{ type: "Full" }] });
});

test("the list has everything, also by order, by reseller and of a base", async () => {
  const [base, addon] = [guid("base"), guid("addon")];
  bench = await startSubscriptions([
    { boughtDaysAgo: 10 },
    { id: base, sku: sku.businessCentral, boughtDaysAgo: 10, more: { partnerId: "4815162" } },
    { id: addon, sku: sku.businessCentralEnvironment, quantity: 1, boughtDaysAgo: 10, parentSubscriptionId: base },
  ]);
  const ids = async (query: string) => itemsOf((await bench.call("GET", listPath + query)).body).map(({ id }) => id);
  expect(await ids("")).toEqual([subscriptionId, base, addon]);
  expect(await ids(`?order_id=${String((await bench.read(base))["orderId"])}`)).toEqual([base]);
  expect(await ids("?mpn_id=4815162&offset=0&size=40")).toEqual([base]);
  expect(await ids(`/${base}/addons`)).toEqual([addon]);
  expect((await bench.read(addon))["parentSubscriptionId"]).toBe(base);
});

test("a subscription that is not there is 404/20003", async () => {
  bench = await startSubscriptions();
  expect(await bench.call("GET", subscriptionPath(guid("nobody")))).toMatchObject({
    status: 404,
    body: { code: "20003" },
  });
});

test("licences settle a while after a change of seats", async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 1 }]);
  const status = async () => (await bench.call("GET", `${subscriptionPath()}/provisioningstatus`)).body;
  expect(await status()).toMatchObject({ status: "success", quantity: 10, skuId: "0001" });
  await bench.change({ quantity: 12 });
  expect(await status()).toMatchObject({ status: "pending", quantity: 12 });
  await bench.clock.advance(900_000);
  expect(await status()).toMatchObject({ status: "success" });
});

test("a new purchase may end on month ends and with other subscriptions", async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 40 }]);
  const end = "2027-10-06T00:00:00Z";
  expect((await bench.read())["commitmentEndDate"]).toBe(end);
  const dates = async (query: string) => bench.call("GET", `${listPath}/customTermEndDates?${query}`);
  const found = itemsOf((await dates("term_duration=P1Y")).body).map((item) => item["customTermEndDate"]);
  expect(found).toHaveLength(13);
  expect(found).toContain(end);
  expect(found[0]).toBe("2026-11-30T00:00:00Z");
  const target = itemsOf((await dates(`term_duration=P1Y&target_coterm_subscription_id=${subscriptionId}`)).body);
  expect(target).toMatchObject([{ customTermEndDate: end }]);
  expect(await dates("")).toMatchObject({ status: 400, body: { code: "800002" } });
  expect(await dates("term_duration=P1Y&term_start_date=2026-01-01")).toMatchObject({
    status: 400,
    body: { code: "800002" },
  });
});

test("the support contact is the partner until another is named", async () => {
  bench = await startSubscriptions();
  const path = `${subscriptionPath()}/supportcontact`;
  expect((await bench.call("GET", path)).body).toMatchObject({ name: "Fabrikam Cloud Partner" });
  await bench.call("PUT", path, { body: { name: "Help Ltd", supportTenantId: guid("help") } });
  expect((await bench.call("GET", path)).body).toMatchObject({ name: "Help Ltd", supportTenantId: guid("help") });
});
