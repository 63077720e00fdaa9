import { CUSTOMER, partnerCenterAt, reseller, SUBSCRIPTION } from "./setup";
import { startUpstream, type Upstream } from "./upstream";

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.close());

const from = new Date("2026-11-19T22:00:00Z");
const to = new Date("2026-11-20T09:00:00Z");
const ask = { customer: CUSTOMER, from, to };

function record(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: "p_c_updatesubscription_638",
    customerId: CUSTOMER,
    userPrincipalName: "ops@reseller.example",
    resourceType: "subscription",
    resourceOldValue: JSON.stringify({ Id: SUBSCRIPTION, Quantity: 25 }),
    resourceNewValue: JSON.stringify({ Id: SUBSCRIPTION, Quantity: 27 }),
    operationType: "update_subscription",
    originalCorrelationId: "2F7D0000-0000-4000-8000-000000000001",
    operationDate: "2026-11-20T08:30:01.12Z",
    operationStatus: "succeeded",
    customizedData: [{ key: "SubscriptionId", value: SUBSCRIPTION.toUpperCase() }],
    ...changes,
  };
}

function answerOn(day: string, ...items: unknown[]): void {
  upstream.answer(({ query }) => ({ body: { items: query.get("startDate") === day ? items : [] } }));
}

test("audit records are read day by day, with no day at the edge missed, for this customer, with quantity before and after", async () => {
  answerOn("2026-11-20", record());
  const found = await partnerCenterAt(upstream.url).history.auditRecords(reseller(), ask);
  expect(found).toEqual([
    {
      id: "p_c_updatesubscription_638",
      correlationId: "2f7d0000-0000-4000-8000-000000000001",
      operationType: "update_subscription",
      operationStatus: "succeeded",
      operationDate: new Date("2026-11-20T08:30:01.120Z"),
      subscriptionId: SUBSCRIPTION,
      oldQuantity: 25,
      newQuantity: 27,
      userName: "ops@reseller.example",
    },
  ]);
  expect(upstream.requests.map(({ path, query }) => [path, query.get("startDate"), query.get("endDate")])).toEqual([
    ["/v1/auditrecords", "2026-11-19", "2026-11-20"],
    ["/v1/auditrecords", "2026-11-20", null],
  ]);
  expect(JSON.parse(upstream.requests[0]?.query.get("filter") ?? "")).toEqual({
    Field: "CustomerId",
    Value: CUSTOMER,
    Operator: "equals",
  });
});

test("every page of every day is read, oldest first and each record once", async () => {
  upstream.answer(({ query, headers }) => {
    const late = record({ id: "b", operationDate: "2026-11-20T08:59:00Z" });
    if (query.get("startDate") === "2026-11-19") return { body: { items: [late] } };
    const more = {
      next: { uri: "/auditrecords?seekOperation=Next", headers: [{ key: "MS-ContinuationToken", value: "x" }] },
    };
    return {
      body: headers["ms-continuationtoken"] ? { items: [record({ id: "a" })] } : { items: [late], links: more },
    };
  });
  const found = await partnerCenterAt(upstream.url).history.auditRecords(reseller(), ask);
  expect(found.map(({ id }) => id)).toEqual(["a", "b"]);
});

test("records outside the time asked for, or of another customer, are left out", async () => {
  answerOn(
    "2026-11-20",
    record({ id: "late", operationDate: "2026-11-20T09:00:00.001Z" }),
    record({ id: "other", customerId: "7f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11" }),
    record({ id: "exactly", operationDate: "2026-11-20T09:00:00.000Z" }),
  );
  const found = await partnerCenterAt(upstream.url).history.auditRecords(reseller(), ask);
  expect(found.map(({ id }) => id)).toEqual(["exactly"]);
});

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ["the subscription is in the resource", { customizedData: [] }, { subscriptionId: SUBSCRIPTION }],
  [
    "an order names it in its data",
    { resourceType: "order", customizedData: [{ key: "SubscriptionId-0", value: SUBSCRIPTION }] },
    { subscriptionId: SUBSCRIPTION },
  ],
  [
    "the id of an order is not one of a subscription",
    { resourceType: "order", customizedData: [] },
    { subscriptionId: undefined },
  ],
  ["there was no value before", { resourceOldValue: null }, { oldQuantity: undefined, newQuantity: 27 }],
  ["the value is not JSON", { resourceNewValue: "{cut" }, { newQuantity: undefined, oldQuantity: 25 }],
  ["the quantity is written as text", { resourceNewValue: '{"quantity":"27"}' }, { newQuantity: 27 }],
  [
    "enum values have no case",
    { operationStatus: "Succeeded", operationType: "Update_Subscription" },
    { operationStatus: "succeeded", operationType: "update_subscription" },
  ],
  [
    "nobody's correlation",
    { originalCorrelationId: null, userPrincipalName: "" },
    { correlationId: undefined, userName: undefined },
  ],
])("a record is understood when %s", async (_name, changes, expected) => {
  answerOn("2026-11-20", record(changes));
  const [found] = await partnerCenterAt(upstream.url).history.auditRecords(reseller(), ask);
  expect(found).toMatchObject(expected);
});

test.each([
  ["one day is refused", { status: 400, body: { code: 3000 } }],
  ["a record has no date", { body: { items: [record({ operationDate: "yesterday" })] } }],
  ["the list is none", { body: { message: "hello" } }],
])("nothing is returned when %s: an incomplete list would prove what is not so", async (_name, reply) => {
  upstream.answer(({ query }) => (query.get("startDate") === "2026-11-20" ? reply : { body: { items: [record()] } }));
  await expect(partnerCenterAt(upstream.url).history.auditRecords(reseller(), ask)).rejects.toMatchObject({
    code: "upstreamError",
  });
});

test("order lines are those of the subscription asked for, and no others", async () => {
  const line = { quantity: 2, transactionType: "AddQuantity" };
  upstream.answer(() => ({
    body: {
      items: [
        {
          id: "o1",
          creationDate: "2026-11-20T08:30:00Z",
          lineItems: [{ ...line, subscriptionId: SUBSCRIPTION.toUpperCase() }],
        },
        { id: "o2", creationDate: "2026-11-20T08:31:00Z", lineItems: [line, { ...line, subscriptionId: CUSTOMER }] },
        {
          id: "o3",
          creationDate: "2026-11-20T08:32:00Z",
          lineItems: [{ ...line, links: { subscription: { uri: `/customers/x/subscriptions/${SUBSCRIPTION}` } } }],
        },
        { id: "o4", creationDate: "2026-11-20T08:33:00Z" },
      ],
    },
  }));
  const lines = await partnerCenterAt(upstream.url).history.orderLines(reseller(), {
    customer: CUSTOMER,
    subscription: SUBSCRIPTION,
  });
  expect(lines).toEqual([
    {
      orderId: "o1",
      createdAt: new Date("2026-11-20T08:30:00Z"),
      transactionType: "addquantity",
      subscriptionId: SUBSCRIPTION,
      quantity: 2,
    },
    {
      orderId: "o3",
      createdAt: new Date("2026-11-20T08:32:00Z"),
      transactionType: "addquantity",
      subscriptionId: SUBSCRIPTION,
      quantity: 2,
    },
  ]);
});
