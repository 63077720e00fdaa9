import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import {
  acme,
  cartWith,
  checkout,
  DAY,
  itemIdOf,
  MINUTE,
  startCommerce,
  type Commerce,
  type Reply,
} from "./commerce-fixture";

let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce();
});
afterEach(() => commerce.close());

const orders = `/v1/customers/${acme}/orders`;
const codeOf = ({ status, body }: Reply): unknown[] => [status, body.code];

async function line(productAndSku: string, more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const offerId = more["offerId"] ?? (await itemIdOf(commerce, productAndSku));
  return { lineItemNumber: 0, offerId, quantity: 3, termDuration: "P1Y", ...more };
}

async function order(lineItems: Record<string, unknown>[], more: Record<string, unknown> = {}): Promise<Reply> {
  return commerce.app.post(orders, { referenceCustomerId: acme, billingCycle: "monthly", lineItems, ...more });
}

describe("software", () => {
  async function buyPerpetual(): Promise<string> {
    const offer = { catalogItemId: await itemIdOf(commerce, sku.officeLtsc), quantity: 2, billingCycle: "one_time" };
    const cart = await cartWith(commerce, [offer]);
    return (await checkout(commerce, cart.body.id)).body.orders[0].id;
  }

  test("bought for ever has activation links and no subscription", async () => {
    const id = await buyPerpetual();
    await commerce.clock.advance(MINUTE);
    const read = await commerce.app.get(`${orders}/${id}`);
    expect(read.body.lineItems[0]).not.toHaveProperty("subscriptionId");
    const links = await commerce.app.get(`${orders}/${id}/activationlinks`);
    expect(links.body.items).toMatchObject([
      { lineItemNumber: 0, link: { uri: expect.stringContaining("https://") as unknown } },
    ]);
    const ofLine = await commerce.app.get(`${orders}/${id}/lineitems/0/activationlinks`);
    expect(ofLine.body.items).toEqual(links.body.items);
    expect((await commerce.app.get(`${orders}/${id}/lineitems/7/activationlinks`)).status).toBe(404);
  });

  test("bought for ever is cancelled on its order within 30 days", async () => {
    const [first, second] = [await buyPerpetual(), await buyPerpetual()];
    await commerce.clock.advance(29 * DAY);
    const cancelled = await commerce.app.patch(`${orders}/${first}`, { id: first, status: "cancelled" });
    expect(cancelled.body).toMatchObject({ status: "cancelled", lineItems: [{ quantity: 0 }] });
    await commerce.clock.advance(DAY);
    expect(codeOf(await commerce.app.patch(`${orders}/${second}`, { id: second, status: "cancelled" }))).toEqual([
      400,
      "900117",
    ]);
  });

  test("subscribed to is cancelled on its order within 7 days, and its subscription ends", async () => {
    const { body } = await order([await line(sku.windowsServerCal)], { billingCycle: "annual" });
    await commerce.clock.advance(DAY);
    const lineItems = [{ lineItemNumber: 0, offerId: body.lineItems[0].offerId }];
    const cancelled = await commerce.app.patch(`${orders}/${body.id}`, { id: body.id, status: "cancelled", lineItems });
    expect(cancelled.status).toBe(200);
    const { body: list } = await commerce.app.get(`/v1/customers/${acme}/subscriptions`);
    expect(list.items).toMatchObject([{ status: "deleted" }]);
    const last = commerce.simulator.simulation.world.books
      .filter(({ operation }) => operation === "update_order")
      .at(-1);
    expect(last).toMatchObject({ outcome: "applied", effects: [{ statusBefore: "active", statusAfter: "deleted" }] });
  });
});

test("an Azure plan cannot be cancelled on its order", async () => {
  const { body } = await order([await line(sku.azurePlan, { quantity: 1, termDuration: "" })]);
  const reply = await commerce.app.patch(`${orders}/${body.id}`, { id: body.id, status: "cancelled" });
  expect(codeOf(reply)).toEqual([403, "800019"]);
});

describe("an order cannot be patched", () => {
  test.each([
    ["to cancel seats", { status: "cancelled" }, [403, "800077"]],
    ["to another billing cycle", { billingCycle: "annual" }, [400, "800097"]],
    [
      "to add a legacy add-on",
      { lineItems: [{ lineItemNumber: 1, offerId: "84a03d81-6b37-4d66-8d4a-faea24541538" }] },
      [400, "800004"],
    ],
    ["without any change", {}, [400, "2006"]],
    ["under another id", { id: "none", status: "cancelled" }, [400, "3000"]],
  ])("%s", async (_what, patch, expected) => {
    const { body } = await order([await line(sku.businessPremium)]);
    expect(codeOf(await commerce.app.patch(`${orders}/${body.id}`, { id: body.id, ...patch }))).toEqual(expected);
  });

  test("with a stale etag", async () => {
    const { body } = await order([await line(sku.windowsServerCal)], { billingCycle: "annual" });
    const reply = await commerce.app.patch(`${orders}/${body.id}`, { status: "cancelled" }, { "If-Match": '"old"' });
    expect(codeOf(reply)).toEqual([412, "2055"]);
  });
});
