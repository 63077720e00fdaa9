import { CUSTOMER, partnerCenterAt, reseller, SUBSCRIPTION, wireSubscription } from "./setup";
import { startUpstream, type Upstream } from "./upstream";

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.close());

async function readOne(changes: Record<string, unknown>) {
  upstream.answer(() => ({ body: wireSubscription(changes) }));
  const read = await partnerCenterAt(upstream.url).subscriptions.get(reseller(), CUSTOMER, SUBSCRIPTION);
  if (!read) throw new Error("nothing was read");
  return read;
}

test("a subscription is read with its windows, its term and the moment Microsoft answered", async () => {
  upstream.answer(() => ({ body: wireSubscription(), headers: { date: "Fri, 20 Nov 2026 08:00:03 GMT" } }));
  const read = await partnerCenterAt(upstream.url).subscriptions.get(reseller(), CUSTOMER, SUBSCRIPTION);
  expect(upstream.requests[0]?.path).toBe(`/v1/customers/${CUSTOMER}/subscriptions/${SUBSCRIPTION}`);
  expect(read?.readAt).toEqual(new Date("2026-11-20T08:00:03Z"));
  expect(read?.subscription).toEqual({
    id: SUBSCRIPTION,
    friendlyName: "M365 BP - main office",
    offerName: "Microsoft 365 Business Premium",
    productSku: "CFQ7TTC0AB12:0001",
    offerId: "CFQ7TTC0AB12:0001:CFQ7TTC0CD34",
    quantity: 25,
    status: "active",
    term: "P1Y",
    billingCycle: "monthly",
    autoRenew: true,
    isTrial: false,
    parentSubscriptionId: undefined,
    effectiveStartAt: new Date("2026-11-16T00:00:00Z"),
    commitmentEndsAt: new Date("2027-11-15T23:59:59.999Z"),
    cancellationAllowedUntil: new Date("2026-11-23T09:12:44Z"),
    refundable: {
      total: 25,
      batches: [
        { quantity: 20, allowedUntil: new Date("2026-11-23T09:12:44Z") },
        { quantity: 5, allowedUntil: new Date("2026-11-27T15:00:00.123Z") },
      ],
    },
    schedule: undefined,
    orderId: "7c19a0f4b2e1",
    etag: undefined,
  });
});

test("the raw resource is kept exactly as it came, fields nobody knows included, because a PATCH replaces it whole", async () => {
  const odd = { extendedServiceTerm: { terms: ["P1M"], price: 1.5 }, refundOptions: null, Quantity2: "007" };
  const { raw } = await readOne(odd);
  expect(raw).toEqual(wireSubscription(odd));
  expect(JSON.stringify(raw)).toBe(JSON.stringify(wireSubscription(odd)));
});

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  [
    "the exact end wins",
    { commitmentEndDateTime: "2027-11-15T17:00:00Z" },
    { commitmentEndsAt: new Date("2027-11-15T17:00:00Z") },
  ],
  [
    "a legacy end date is not an inclusive day",
    { productType: undefined, offerId: "796B6B5F-613C-4E24-A17C-EBA730D49C02" },
    { commitmentEndsAt: new Date("2027-11-15T00:00:00Z"), productSku: "796B6B5F-613C-4E24-A17C-EBA730D49C02" },
  ],
  [
    "an end date without a zone is UTC",
    { cancellationAllowedUntilDate: "2026-11-23T09:12:44" },
    { cancellationAllowedUntil: new Date("2026-11-23T09:12:44Z") },
  ],
  [
    "the empty date of .NET is none",
    { cancellationAllowedUntilDate: "0001-01-01T00:00:00" },
    { cancellationAllowedUntil: undefined },
  ],
  ["no refundable seats were told", { refundableQuantity: null }, { refundable: undefined }],
  ["no seats are refundable", { refundableQuantity: { totalQuantity: 0 } }, { refundable: { total: 0, batches: [] } }],
  [
    "enum values have no case",
    { status: "Active", billingCycle: "Monthly", termDuration: "p1y" },
    { status: "active", billingCycle: "monthly", term: "P1Y" },
  ],
  ["an unknown status is passed on", { status: "Hibernating" }, { status: "hibernating" }],
  [
    "a renewal with changes is a schedule",
    { scheduledNextTermInstructions: { quantity: 3 } },
    { schedule: { instructions: { quantity: 3 } } },
  ],
  [
    "scheduled actions are a schedule",
    { scheduledActions: [{ actionType: "Cancel" }] },
    { schedule: { actions: [{ actionType: "Cancel" }] } },
  ],
  ["an empty schedule is none", { scheduledActions: [], scheduledNextTermInstructions: null }, { schedule: undefined }],
  ["auto-renew left out is off", { autoRenewEnabled: undefined }, { autoRenew: false }],
  ["an add-on knows its parent", { parentSubscriptionId: CUSTOMER.toUpperCase() }, { parentSubscriptionId: CUSTOMER }],
  ["the etag stays as it is", { attributes: { etag: "abc", objectType: "Subscription" } }, { etag: "abc" }],
  ["a name that is missing is the offer's", { friendlyName: null }, { friendlyName: "Microsoft 365 Business Premium" }],
])("%s", async (_name, changes, expected) => {
  expect((await readOne(changes)).subscription).toMatchObject(expected);
});

test("a value this version does not know is logged once, not once per read", async () => {
  upstream.answer(() => ({ body: wireSubscription({ status: "Hibernating" }) }));
  const partnerCenter = partnerCenterAt(upstream.url);
  for (let i = 0; i < 3; i++) await partnerCenter.subscriptions.get(reseller(), CUSTOMER, SUBSCRIPTION);
  expect(partnerCenter.logged.filter((line) => line["value"] === "hibernating")).toEqual([
    expect.objectContaining({ level: "warn", field: "status" }),
  ]);
});

test("a list is read over all its pages", async () => {
  const second = "1c8d7c1f-8a6c-4d1b-9a6e-3b5e2a7d0c31";
  upstream.answer((_request, { count }) => ({
    body:
      count === 1
        ? { items: [wireSubscription()], links: { next: { uri: "/customers/x/subscriptions?page=2" } } }
        : { items: [wireSubscription({ id: second })] },
  }));
  const found = await partnerCenterAt(upstream.url).subscriptions.list(reseller(), CUSTOMER);
  expect(found.map(({ subscription }) => subscription.id)).toEqual([SUBSCRIPTION, second]);
});

test.each([{ id: "not a guid" }, { quantity: "many" }, { quantity: undefined }])(
  "one that cannot be read (%j) fails the list, for left out it would look deleted",
  async (broken) => {
    upstream.answer(() => ({ body: { items: [wireSubscription(), wireSubscription(broken)] } }));
    await expect(partnerCenterAt(upstream.url).subscriptions.list(reseller(), CUSTOMER)).rejects.toMatchObject({
      code: "upstreamError",
    });
  },
);

test("Microsoft's own 'no such subscription' is undefined; a 404 of anything else is an error", async () => {
  const { subscriptions } = partnerCenterAt(upstream.url);
  upstream.answer(() => ({ status: 404, body: { code: 20003 } }));
  expect(await subscriptions.get(reseller(), CUSTOMER, SUBSCRIPTION)).toBeUndefined();
  upstream.answer(() => ({ status: 404, body: "<html>gateway</html>" }));
  await expect(subscriptions.get(reseller(), CUSTOMER, SUBSCRIPTION)).rejects.toMatchObject({ code: "upstreamError" });
});

test("a customer who left is told apart from a failure", async () => {
  upstream.answer(() => ({ status: 403, body: { code: "20002", description: "no relationship" } }));
  const { subscriptions } = partnerCenterAt(upstream.url);
  await expect(subscriptions.list(reseller(), CUSTOMER)).rejects.toMatchObject({
    kind: "conflict",
    code: "relationshipRemoved",
  });
});
