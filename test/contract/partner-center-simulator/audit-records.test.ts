import { randomUUID } from "node:crypto";
import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { acme, charity, DAY, owned, startCommerce, type Commerce } from "./commerce-fixture";

const id = "bbbbbbbb-0000-4000-8000-000000000001";
const other = "bbbbbbbb-0000-4000-8000-000000000002";
let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce({
    // Only what the test does is audited: the seed's own past lies outside the 90 days.
    subscriptions: [
      owned({ id, sku: sku.powerBiPro, quantity: 10, boughtDaysAgo: 120 }),
      owned({ id: other, sku: sku.powerBiPro, quantity: 10, boughtDaysAgo: 120, customerId: charity }),
    ],
    switches: { auditDelaySeconds: 0 },
  });
});
afterEach(() => commerce.close());

async function addSeat(customerId = acme, subscriptionId = id, correlationId = randomUUID()): Promise<string> {
  const path = `/v1/customers/${customerId}/subscriptions/${subscriptionId}`;
  const { body } = await commerce.user.get(path);
  const reply = await commerce.user.patch(
    path,
    { ...body, quantity: body.quantity + 1 },
    { "MS-CorrelationId": correlationId },
  );
  expect(reply.status).toBe(200);
  return correlationId;
}

const query = (parameters: Record<string, string>): string =>
  `/v1/auditrecords?${new URLSearchParams(parameters).toString()}`;
const filter = (Field: string, Value: string, Operator: string): string => JSON.stringify({ Field, Value, Operator });

test("a change is found by its correlation id, with who made it and the values before and after", async () => {
  const correlationId = await addSeat();
  const { body } = await commerce.app.get("/v1/auditrecords");
  expect(body.items).toHaveLength(1);
  expect(body.items[0]).toMatchObject({
    originalCorrelationId: correlationId,
    operationType: "update_subscription",
    resourceType: "subscription",
    operationStatus: "succeeded",
    customerId: acme,
    customerName: "Acme",
    userPrincipalName: "ops@partner.example",
    operationDate: "2026-11-10T09:00:00.000Z",
  });
  expect(JSON.parse(body.items[0].resourceOldValue)).toMatchObject({ Quantity: 10 });
  expect(JSON.parse(body.items[0].resourceNewValue)).toMatchObject({ Id: id, Quantity: 11 });
});

test("records show only after the delay of the switch, and never to another partner", async () => {
  await commerce.restart({
    subscriptions: [owned({ id, sku: sku.powerBiPro, quantity: 1, boughtDaysAgo: 120 })],
    switches: { auditDelaySeconds: 30 },
  });
  await addSeat();
  const count = async () => (await commerce.app.get("/v1/auditrecords")).body.items.length;
  expect(await count()).toBe(0);
  await commerce.clock.advance(30_000);
  expect(await count()).toBe(1);
  expect((await commerce.otherApp.get("/v1/auditrecords")).body.items).toEqual([]);
});

test("the days asked for count whole, by default the last 30; more than 90 days back is refused", async () => {
  await addSeat();
  await commerce.clock.advance(40 * DAY);
  await addSeat();
  const count = async (parameters: Record<string, string>) =>
    (await commerce.app.get(query(parameters))).body.items.length;
  expect(await count({})).toBe(1);
  expect(await count({ startDate: "2026-11-10" })).toBe(2);
  expect(await count({ startDate: "2026-11-10", endDate: "2026-11-10" })).toBe(1);
  expect(await count({ startDate: "2026-11-11", endDate: "2026-12-19" })).toBe(0);
  const refused = [
    { startDate: "2026-09-20" },
    { startDate: "2026-12-02", endDate: "2026-12-01" },
    { startDate: "yesterday" },
  ];
  for (const parameters of refused) expect((await commerce.app.get(query(parameters))).status).toBe(400);
  expect((await commerce.app.get(query({ startDate: "2026-09-21" }))).status).toBe(200);
});

test("one filter at a time, with its own operator, ignores case", async () => {
  await addSeat();
  await addSeat(charity, other);
  const names = async (text: string) =>
    (await commerce.app.get(query({ filter: text }))).body.items.map(
      ({ customerName }: { customerName: string }) => customerName,
    );
  expect(await names(filter("CompanyName", "CHAR", "substring"))).toEqual(["Charity"]);
  expect(await names(filter("CustomerId", acme.toUpperCase(), "equals"))).toEqual(["Acme"]);
  expect(await names(filter("ResourceType", "Subscription", "equals"))).toEqual(["Charity", "Acme"]);
  expect(await names(filter("ResourceType", "order", "equals"))).toEqual([]);
  for (const text of [filter("CompanyName", "a", "equals"), filter("Colour", "red", "equals"), "{", "{}"]) {
    expect((await commerce.app.get(query({ filter: text }))).status).toBe(400);
  }
});

test("pages are followed by link and continuation header; new records meanwhile change nothing", async () => {
  const made: string[] = [];
  for (let count = 0; count < 5; count++) made.unshift(await addSeat());
  const first = await commerce.app.get(query({ size: "2", startDate: "2026-11-01" }));
  expect(first.body.items).toHaveLength(2);
  const { uri, headers } = first.body.links.next;
  expect(uri).toContain("seekOperation=Next");
  await addSeat();
  const follow = async (next: { uri: string; headers: { key: string; value: string }[] }) =>
    commerce.app.get(`/v1${next.uri}`, Object.fromEntries(next.headers.map(({ key, value }) => [key, value])));
  const second = await follow({ uri, headers });
  const third = await follow(second.body.links.next);
  expect(third.body.links.next).toBeUndefined();
  const seen = [first, second, third].flatMap(({ body }) => body.items);
  expect(seen.map(({ originalCorrelationId }) => originalCorrelationId)).toEqual(made);
  expect((await commerce.app.get(`/v1${uri}`)).status).toBe(400);
});

test("the page limit of the switch holds whatever size is asked", async () => {
  await commerce.restart({
    subscriptions: [owned({ id, sku: sku.powerBiPro, quantity: 1, boughtDaysAgo: 120 })],
    switches: { auditDelaySeconds: 0, auditPageLimit: 1 },
  });
  await addSeat();
  await addSeat();
  expect((await commerce.app.get(query({ size: "500" }))).body.items).toHaveLength(1);
  expect((await commerce.app.get(query({ size: "none" }))).status).toBe(400);
});

test("one record is read by the address that webhooks name", async () => {
  await addSeat();
  const [record] = (await commerce.app.get("/v1/auditrecords")).body.items;
  const path = `/auditactivity/v1/auditrecords/${record.id}`;
  expect((await commerce.app.get(path)).body).toEqual(record);
  expect((await commerce.otherApp.get(path)).status).toBe(404);
});
