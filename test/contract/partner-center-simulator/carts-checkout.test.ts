import { randomUUID } from "node:crypto";
import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import {
  acme,
  cartWith,
  checkout,
  DAY,
  itemIdOf,
  MINUTE,
  startCommerce,
  underReview,
  unsigned,
  type Commerce,
  type Reply,
} from "./commerce-fixture";

let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce();
});
afterEach(() => commerce.close());

const yearly = { billingCycle: "monthly", termDuration: "P1Y" };

async function line(productAndSku: string, more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  return { catalogItemId: await itemIdOf(commerce, productAndSku), quantity: 5, ...yearly, ...more };
}

async function buy(lines: Record<string, unknown>[]): Promise<Reply> {
  const cart = await cartWith(commerce, lines);
  return checkout(commerce, cart.body.id);
}

const subscriptions = async (): Promise<Record<string, unknown>[]> =>
  (await commerce.app.get(`/v1/customers/${acme}/subscriptions`)).body.items;
const effectiveLines = () => commerce.simulator.simulation.world.books.filter((entry) => entry.effects.length > 0);
const codeOf = ({ status, body }: Reply): unknown[] => [status, body.code];

describe("checkout", () => {
  test("buys: the order is pending and without subscription ids at first, the subscription becomes active by time", async () => {
    const bought = await buy([await line(sku.businessPremium, { friendlyName: "Acme BP" })]);
    expect(bought.status).toBe(201);
    expect(bought.body.orderErrors).toEqual([]);
    const [order] = bought.body.orders;
    expect(order).toMatchObject({
      status: "pending",
      billingCycle: "monthly",
      currencyCode: "EUR",
      transactionType: "UserPurchase",
      lineItems: [
        { lineItemNumber: 0, termDuration: "P1Y", transactionType: "New", friendlyName: "Acme BP", quantity: 5 },
      ],
    });
    expect(order.lineItems[0]).not.toHaveProperty("subscriptionId");
    expect(await subscriptions()).toMatchObject([
      { status: "pending", quantity: 5, orderId: order.id, autoRenewEnabled: true },
    ]);

    await commerce.clock.advance(2 * MINUTE);
    const later = await commerce.app.get(`/v1/customers/${acme}/orders/${order.id}`);
    const [active] = await subscriptions();
    expect(active).toMatchObject({
      status: "active",
      friendlyName: "Acme BP",
      cancellationAllowedUntilDate: "2026-11-17T09:00:00Z",
    });
    expect(later.body).toMatchObject({ status: "completed", lineItems: [{ subscriptionId: active?.["id"] }] });
  });

  test("enters one effective line in the books and one audit record with the correlation id", async () => {
    const cart = await cartWith(commerce, [await line(sku.businessPremium)]);
    const correlationId = randomUUID();
    const path = `/v1/customers/${acme}/carts/${cart.body.id}/checkout`;
    await commerce.app.post(path, undefined, { "MS-CorrelationId": correlationId });
    expect(effectiveLines()).toMatchObject([
      {
        operation: "create_order",
        outcome: "applied",
        correlationId,
        effects: [{ quantityBefore: 0, quantityAfter: 5, delta: 5 }],
      },
    ]);
    await commerce.clock.advance(MINUTE);
    const { body } = await commerce.app.get("/v1/auditrecords");
    expect(body.items[0]).toMatchObject({
      operationType: "create_order",
      resourceType: "order",
      originalCorrelationId: correlationId,
    });
    expect(body.items[0].customizedData).toEqual(
      expect.arrayContaining([
        { key: "Quantity-0", value: "5" },
        { key: "SubscriptionName-0", value: "Microsoft 365 Business Premium" },
      ]),
    );
  });

  test("of a bought cart gives the same result and buys nothing again", async () => {
    const cart = await cartWith(commerce, [await line(sku.businessPremium)]);
    const first = await checkout(commerce, cart.body.id);
    const again = await checkout(commerce, cart.body.id);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect((await commerce.app.get(`/v1/customers/${acme}/carts/${cart.body.id}`)).body.status).toBe("Ordered");
    expect(await subscriptions()).toHaveLength(1);
    expect(effectiveLines()).toHaveLength(1);
    const change = await commerce.app.put(`/v1/customers/${acme}/carts/${cart.body.id}`, {
      lineItems: [await line(sku.powerBiPro)],
    });
    expect(codeOf(change)).toEqual([400, "800065"]);
  });

  test("of a bought cart is refused by switch", async () => {
    await commerce.restart({ switches: { checkoutRepeat: "refuse" } });
    const cart = await cartWith(commerce, [await line(sku.businessPremium)]);
    await checkout(commerce, cart.body.id);
    expect(codeOf(await checkout(commerce, cart.body.id))).toEqual([400, "800065"]);
    expect(await subscriptions()).toHaveLength(1);
  });

  test("whose reply is lost has bought, and the cart says so", async () => {
    const cart = await cartWith(commerce, [await line(sku.businessPremium)]);
    commerce.simulator.simulation.faults.add({ kind: "dropAfter", route: "checkoutCart" });
    await expect(checkout(commerce, cart.body.id)).rejects.toThrow();
    expect((await commerce.app.get(`/v1/customers/${acme}/carts/${cart.body.id}`)).body.status).toBe("Ordered");
    expect(await subscriptions()).toHaveLength(1);
  });

  test("makes one order per billing cycle, and a failed group does not stop the others", async () => {
    const lines = [
      await line(sku.businessPremium),
      await line(sku.powerBiPro, { billingCycle: "annual" }),
      await line(sku.exchangePlan1),
    ];
    const cart = await cartWith(commerce, lines);
    expect(cart.body.lineItems.map(({ orderGroup }: { orderGroup: string }) => orderGroup)).toEqual(["0", "1", "0"]);
    commerce.simulator.simulation.faults.add({ kind: "partialCheckout", code: "800023" });
    const { status, body } = await checkout(commerce, cart.body.id);
    expect(status).toBe(201);
    expect(body.orders).toMatchObject([
      { billingCycle: "monthly", lineItems: [{ lineItemNumber: 0 }, { lineItemNumber: 1 }] },
    ]);
    expect(body.orderErrors).toMatchObject([{ orderGroupId: "1", code: "800023" }]);
    expect(await subscriptions()).toHaveLength(2);
  });

  test("with an availability that changed meanwhile is refused with 400019, or 800089 by switch", async () => {
    await commerce.restart({ switches: { availabilityLifetimeDays: 5 } });
    const old = await cartWith(commerce, [await line(sku.businessPremium)]);
    await commerce.clock.advance(6 * DAY);
    expect(codeOf(await checkout(commerce, old.body.id))).toEqual([404, "400019"]);
    await commerce.restart({ switches: { availabilityLifetimeDays: 5, refuseStaleItemAs: "800089" } });
    const other = await cartWith(commerce, [await line(sku.businessPremium)]);
    await commerce.clock.advance(6 * DAY);
    expect(codeOf(await checkout(commerce, other.body.id))).toEqual([403, "800089"]);
    expect(await subscriptions()).toEqual([]);
  });

  test("of an expired or unknown cart is not found", async () => {
    const cart = await cartWith(commerce, [await line(sku.businessPremium)]);
    await commerce.clock.advance(7 * DAY);
    expect(codeOf(await checkout(commerce, cart.body.id))).toEqual([404, "800008"]);
    await commerce.restart({ switches: { cartLifetimeDays: 1 } });
    const shorter = await cartWith(commerce, [await line(sku.businessPremium)]);
    await commerce.clock.advance(DAY);
    expect(codeOf(await checkout(commerce, shorter.body.id))).toEqual([404, "800008"]);
  });
});

describe("a customer", () => {
  test("who is not approved cannot buy", async () => {
    const customer = commerce.simulator.simulation.world.customers.get(acme);
    if (customer) customer.validationStatus = "NotAllowed";
    expect(codeOf(await buy([await line(sku.businessPremium)]))).toEqual([403, "800074"]);
    expect(effectiveLines()).toEqual([]);
  });

  test.each([
    ["whose agreement is not confirmed", unsigned, [403, "13605"]],
    ["under review", underReview, [403, "800073"]],
  ])("%s cannot buy", async (_what, customerId, expected) => {
    const cart = await cartWith(commerce, [await line(sku.businessPremium)], customerId);
    expect(codeOf(await checkout(commerce, cart.body.id, customerId))).toEqual(expected);
  });

  test("can buy without agreement by switch", async () => {
    await commerce.restart({ switches: { requireAgreement: false } });
    const cart = await cartWith(commerce, [await line(sku.businessPremium)], unsigned);
    expect((await checkout(commerce, cart.body.id, unsigned)).status).toBe(201);
  });

  test.each([
    ["800023", 403],
    ["800069", 403],
    ["800070", 400],
    ["800073", 403],
    ["800060", 409],
  ] as const)("is refused with %s by switch", async (code, status) => {
    await commerce.restart({ switches: { checkoutRefusal: code } });
    expect(codeOf(await buy([await line(sku.businessPremium)]))).toEqual([status, code]);
    expect(effectiveLines()).toEqual([]);
  });

  test("of an indirect provider needs the partner attestation", async () => {
    await commerce.restart({ switches: { partnerModel: "indirect" } });
    const participants = [{ key: "transaction_reseller", value: "4815162" }];
    const withReseller = await line(sku.businessPremium, { participants });
    const attempt = async (more: Record<string, unknown>) => {
      const cart = await cartWith(commerce, [withReseller], acme, more);
      return checkout(commerce, cart.body.id);
    };
    expect(codeOf(await attempt({}))).toEqual([400, "900206"]);
    expect(codeOf(await attempt({ partnerOnRecordAttestationAccepted: false }))).toEqual([400, "900203"]);
    const bought = await attempt({ partnerOnRecordAttestationAccepted: true });
    expect(bought.body.orders[0].lineItems[0].partnerIdOnRecord).toBe("4815162");
  });
});

describe("MS-RequestId", () => {
  test("the same one again gives the same cart, checkout and no second purchase", async () => {
    const headers = { "MS-RequestId": randomUUID() };
    const lineItems = [await line(sku.businessPremium)];
    const first = await commerce.app.post(`/v1/customers/${acme}/carts`, { lineItems }, headers);
    const again = await commerce.app.post(`/v1/customers/${acme}/carts`, { lineItems }, headers);
    expect(again.body.id).toBe(first.body.id);
    const path = `/v1/customers/${acme}/carts/${first.body.id}/checkout`;
    const bought = await commerce.app.post(path, undefined, headers);
    expect((await commerce.app.post(path, undefined, headers)).body).toEqual(bought.body);
    expect(effectiveLines()).toHaveLength(1);
  });
});
