import {
  customerId,
  partnerId,
  startSubscriptions,
  subscriptionId,
  subscriptionPath,
  type SubscriptionBench,
} from "./subscriptions-bench";
import { appToken, guid, type Json } from "./transport-client";

let bench: SubscriptionBench;
beforeEach(async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 30 }]);
});
afterEach(() => bench.simulator.close());

const tracing = (name: string) => ({
  "MS-RequestId": guid(`request ${name}`),
  "MS-CorrelationId": guid(`correlation ${name}`),
});
const books = async (query = "") => (await bench.control("GET", `/books${query}`))["entries"] as Json[];
const auditRecords = async () => {
  await bench.clock.advance(30_000);
  return (await bench.call("GET", "/v1/auditrecords?startDate=2026-11-16&endDate=2026-11-16")).body["items"] as Json[];
};

test("calls are counted by route, refused and faulty ones too, until the next reset", async () => {
  await bench.call("GET", "/v1/customers");
  await bench.call("GET", subscriptionPath());
  await bench.control("POST", "/faults", { kind: "errorBefore", route: "listCustomers" });
  await bench.call("GET", "/v1/customers");
  await bench.change({ quantity: 0 });
  const { byRoute, total } = await bench.control("GET", "/calls");
  expect({ byRoute, total }).toMatchObject({
    byRoute: { listCustomers: 2, patchSubscription: 1 },
    total: Object.values(byRoute as Record<string, number>).reduce((sum, count) => sum + count, 0),
  });
  await bench.control("POST", "/reset");
  expect(await bench.control("GET", "/calls")).toEqual({ total: 0, byRoute: {} });
});

test("every write is entered with who, when and what it did", async () => {
  await bench.change({ quantity: 15 }, { headers: tracing("a") });
  expect(await books()).toEqual([
    {
      number: 1,
      at: "2026-11-16T09:00:00.000Z",
      origin: "api",
      operation: "update_subscription",
      method: "PATCH",
      path: subscriptionPath(),
      partnerId,
      customerId,
      subscriptionId,
      requestId: guid("request a"),
      correlationId: guid("correlation a"),
      caller: { kind: "user", appId: "22222222-2222-4222-8222-222222222222", upn: "ada@fabrikamcloud.onmicrosoft.com" },
      outcome: "applied",
      effective: true,
      httpStatus: 200,
      effects: [
        {
          subscriptionId,
          quantityBefore: 10,
          quantityAfter: 15,
          delta: 5,
          statusBefore: "active",
          statusAfter: "active",
          changed: ["quantity"],
          orderId: expect.any(String) as unknown,
        },
      ],
    },
  ]);
});

test("a refusal is entered with its code and has no effect", async () => {
  await bench.change({ quantity: 5 }, { token: appToken });
  expect(await books()).toMatchObject([
    { outcome: "refused", code: "900257", httpStatus: 400, effective: false, effects: [], caller: { kind: "app" } },
  ]);
});

test("the same MS-RequestId answers the same and does nothing, whatever the body", async () => {
  const headers = tracing("a");
  const first = await bench.change({ quantity: 15 }, { headers });
  await bench.change({ friendlyName: "Renamed" });
  const again = await bench.change({ quantity: 20 }, { headers: { ...headers, "MS-CorrelationId": guid("other") } });
  expect(again).toMatchObject({ status: 200, body: first.body });
  expect(await bench.read()).toMatchObject({ quantity: 15, friendlyName: "Renamed" });
  expect((await books()).map(({ outcome }) => outcome)).toEqual(["applied", "applied", "replayed"]);
});

test("a slow write answers 202 again to the same MS-RequestId", async () => {
  await bench.addFault({ kind: "slowApply", seconds: 60 });
  const headers = tracing("a");
  expect((await bench.change({ quantity: 15 }, { headers })).status).toBe(202);
  expect((await bench.change({ quantity: 15 }, { headers })).status).toBe(202);
  await bench.clock.advance(60_000);
  expect((await books()).map(({ outcome }) => outcome)).toEqual(["pending", "replayed", "applied"]);
  expect(await bench.read()).toMatchObject({ quantity: 15 });
});

test("the audit record carries the correlation id, old value and new value", async () => {
  await bench.change({ quantity: 15 }, { headers: tracing("a") });
  const [record] = await auditRecords();
  expect(record).toMatchObject({
    customerId,
    customerName: "Larkspur Dental",
    userPrincipalName: "ada@fabrikamcloud.onmicrosoft.com",
    resourceType: "subscription",
    operationType: "update_subscription",
    originalCorrelationId: guid("correlation a"),
    operationDate: "2026-11-16T09:00:00.000Z",
    operationStatus: "succeeded",
    customizedData: expect.arrayContaining([{ key: "SubscriptionId", value: subscriptionId }]) as unknown,
  });
  expect(JSON.parse(String(record?.["resourceOldValue"]))).toMatchObject({ Id: subscriptionId, Quantity: 10 });
  expect(JSON.parse(String(record?.["resourceNewValue"]))).toMatchObject({ Quantity: 15 });
});

test("every seat change leaves an order that is seen after 15 minutes", async () => {
  const orders = async () => (await bench.call("GET", `/v1/customers/${customerId}/orders`)).body["items"] as Json[];
  const before = (await orders()).length;
  await bench.change({ quantity: 15 });
  await bench.change({ quantity: 13 });
  expect((await orders()).length).toBe(before);
  await bench.clock.advance(900_000);
  const lines = (await orders()).slice(before).flatMap((order) => order["lineItems"] as Json[]);
  expect(lines).toMatchObject([
    { transactionType: "AddQuantity", quantity: 5, subscriptionId },
    { transactionType: "RemoveQuantity", quantity: 2, subscriptionId },
  ]);
});

test("somebody else's edit in the portal has another user and another correlation id", async () => {
  const outside = await bench.control("POST", "/outside-change", {
    subscriptionId,
    delta: 3,
    upn: "eve@partner.example",
  });
  expect(await bench.read()).toMatchObject({ quantity: 13 });
  expect(await books()).toMatchObject([
    { origin: "outside", caller: { upn: "eve@partner.example" }, effects: [{ delta: 3 }] },
  ]);
  expect(await auditRecords()).toMatchObject([
    { userPrincipalName: "eve@partner.example", originalCorrelationId: outside["correlationId"] },
  ]);
  await bench.control("POST", "/outside-change", { subscriptionId, quantity: 12 });
  await bench.control("POST", "/outside-change", { subscriptionId, autoRenewEnabled: false });
  await bench.control("POST", "/outside-change", { subscriptionId, status: "suspended" });
  expect(await bench.read()).toMatchObject({ quantity: 12, autoRenewEnabled: false, status: "suspended" });
});

test("the portal keeps the rules too", async () => {
  await expect(bench.control("POST", "/outside-change", { subscriptionId, quantity: 2 })).rejects.toThrow("900257");
  await expect(bench.control("POST", "/outside-change", { subscriptionId, quantity: 2, delta: 1 })).rejects.toThrow(
    "not both",
  );
  await expect(bench.control("POST", "/outside-change", { subscriptionId: guid("x"), delta: 1 })).rejects.toThrow(
    "404",
  );
});

test("the accounts add up the effective writes of each subscription", async () => {
  await bench.change({ quantity: 15 }, { headers: tracing("a") });
  await bench.change({ quantity: 15 }, { headers: tracing("a") });
  await bench.change({ quantity: 0 });
  await bench.control("POST", "/outside-change", { subscriptionId, delta: -2 });
  expect(await bench.control("GET", "/books/accounts")).toMatchObject({
    accounts: [
      {
        subscriptionId,
        quantityBefore: 10,
        quantityAfter: 13,
        delta: 3,
        writes: [
          { origin: "api", requestId: guid("request a"), delta: 5 },
          { origin: "outside", delta: -2 },
        ],
      },
    ],
  });
});

test("the books can be filtered", async () => {
  await bench.change({ quantity: 15 }, { headers: tracing("a") });
  await bench.change({ quantity: 0 }, { headers: tracing("b") });
  expect(await books(`?requestId=${guid("request b")}`)).toMatchObject([{ outcome: "refused" }]);
  expect(await books(`?correlationId=${guid("correlation a")}&subscriptionId=${subscriptionId}`)).toMatchObject([
    { number: 1 },
  ]);
  expect(await books("?effective=true")).toHaveLength(1);
  expect(await books("?after=1")).toMatchObject([{ number: 2 }]);
  expect(await books(`?customerId=${guid("nobody")}`)).toEqual([]);
});

test("a look inside shows the lots that clients cannot see", async () => {
  await bench.change({ quantity: 15 });
  expect(await bench.control("GET", `/subscriptions/${subscriptionId}`)).toMatchObject({
    lots: [
      { quantity: 10 },
      { quantity: 5, addedAt: "2026-11-16T09:00:00.000Z", removableUntil: "2026-11-23T09:00:00.000Z" },
    ],
    updateCount: 1,
    resource: { quantity: 15 },
  });
  expect(await bench.control("GET", `/subscriptions?customerId=${customerId}`)).toMatchObject({ subscriptions: [{}] });
  expect(await bench.control("GET", "/customers")).toMatchObject({ customers: [{ id: customerId }, {}] });
  expect((await bench.control("GET", "/routes"))["routes"]).toContain("patchSubscription");
  expect((await bench.control("GET", "/"))["calls"]).toContain("GET /_control/books/accounts");
});

test("another world is loaded by the control API; a seed that is wrong leaves the old one", async () => {
  const seed = {
    partners: [{ tenantId: partnerId, companyName: "Tailspin", domain: "tailspin.example" }],
    customers: [{ id: guid("new"), companyName: "New", domain: "new.example", partners: [partnerId] }],
  };
  await expect(bench.control("POST", "/seed", { ...seed, customers: [{ id: "x" }] })).rejects.toThrow("must be a GUID");
  expect(await bench.read()).toMatchObject({ quantity: 10 });
  expect(await bench.control("POST", "/seed", seed)).toEqual({ partners: 1, customers: 1, subscriptions: 0 });
  expect((await bench.call("GET", `/v1/customers/${guid("new")}`)).status).toBe(200);
});
