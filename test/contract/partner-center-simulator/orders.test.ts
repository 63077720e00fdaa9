import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import {
  acme,
  itemIdOf,
  MINUTE,
  owned,
  school,
  startCommerce,
  unsigned,
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

describe("an order", () => {
  test("created directly buys like a cart does", async () => {
    const { status, body } = await order([
      await line(sku.businessPremium),
      await line(sku.powerBiPro, { lineItemNumber: 1 }),
    ]);
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: "pending", lineItems: [{ transactionType: "New" }, { quantity: 3 }] });
    await commerce.clock.advance(2 * MINUTE);
    const bySubscription = await commerce.app.get(`/v1/customers/${acme}/subscriptions?order_id=${body.id}`);
    expect(bySubscription.body.items).toMatchObject([{ status: "active" }, { status: "active" }]);
  });

  test("is missing from lists for 15 minutes, and found by id at once", async () => {
    const { body } = await order([await line(sku.businessPremium)]);
    expect((await commerce.app.get(orders)).body.items).toEqual([]);
    expect((await commerce.app.get(`${orders}/${body.id}`)).status).toBe(200);
    await commerce.clock.advance(15 * MINUTE - 1);
    expect((await commerce.app.get(orders)).body.items).toEqual([]);
    await commerce.clock.advance(1);
    expect((await commerce.app.get(orders)).body.items).toMatchObject([{ id: body.id, status: "completed" }]);
  });

  test("is not found by id in the first moments either, by switch", async () => {
    await commerce.restart({ switches: { orderByIdVisibilitySeconds: 30 } });
    const { body } = await order([await line(sku.businessPremium)]);
    expect(codeOf(await commerce.app.get(`${orders}/${body.id}`))).toEqual([404, "20000"]);
    await commerce.clock.advance(30_000);
    expect((await commerce.app.get(`${orders}/${body.id}`)).status).toBe(200);
  });

  test("stays invisible to another partner of the same customer", async () => {
    const { body } = await order([await line(sku.businessPremium)]);
    expect(codeOf(await commerce.otherApp.get(`${orders}/${body.id}`))).toEqual([404, "20000"]);
  });

  test("is left by every change of seats, with the number it is about, or all seats by switch", async () => {
    const subscriptions = [
      owned({ sku: sku.powerBiPro, quantity: 10, boughtDaysAgo: 50, added: [{ quantity: 2, daysAgo: 5 }] }),
    ];
    const quantities = async () =>
      (await commerce.app.get(orders)).body.items.map(({ lineItems }: { lineItems: Record<string, unknown>[] }) => [
        lineItems[0]?.["transactionType"],
        lineItems[0]?.["quantity"],
      ]);
    await commerce.restart({ subscriptions });
    expect(await quantities()).toEqual([
      ["New", 10],
      ["AddQuantity", 2],
    ]);
    await commerce.restart({ subscriptions, switches: { orderLineQuantity: "total" } });
    expect(await quantities()).toEqual([
      ["New", 10],
      ["AddQuantity", 12],
    ]);
  });

  test("is filtered by billing cycle", async () => {
    await commerce.restart({
      subscriptions: [
        owned({ sku: sku.powerBiPro, quantity: 1, boughtDaysAgo: 9 }),
        owned({ sku: sku.visioPlan2, quantity: 1, boughtDaysAgo: 9, billingCycle: "annual" }),
      ],
    });
    const annual = await commerce.app.get(`${orders}?billingType=Annual`);
    expect(annual.body.items).toMatchObject([{ billingCycle: "annual" }]);
    expect(codeOf(await commerce.app.get(`${orders}?billingType=weekly`))).toEqual([400, "900126"]);
  });

  test.each([
    ["an unknown offer", () => line("", { offerId: "CFQ7TTC0NONE:0001:CFQ7TTC0NONE" }), [400, "800004"]],
    [
      "an old availability",
      () => line(sku.businessPremium, { offerId: `${sku.businessPremium}:CFQ7TTC0OLD1` }),
      [404, "400019"],
    ],
    ["too many seats", () => line(sku.businessPremium, { quantity: 301 }), [400, "900275"]],
    ["a term not sold", () => line(sku.businessPremium, { termDuration: "P3Y" }), [400, "800121"]],
    ["a gap in the line numbers", () => line(sku.businessPremium, { lineItemNumber: 1 }), [400, "800071"]],
    ["another billing cycle on the line", () => line(sku.businessPremium, { billingCycle: "annual" }), [400, "800085"]],
    [
      "a term end that aligns with nothing",
      () => line(sku.businessPremium, { customTermEndDate: "2026-12-05" }),
      [400, "900242"],
    ],
    ["a term end on software", () => line(sku.windowsServerCal, { customTermEndDate: "2026-12-31" }), [400, "900269"]],
    [
      "a parent that is none",
      () => line(sku.businessCentralEnvironment, { parentSubscriptionId: "none" }),
      [400, "800029"],
    ],
  ])("with %s is refused whole", async (_what, build, expected) => {
    expect(codeOf(await order([await build()]))).toEqual(expected);
    expect(commerce.simulator.simulation.world.subscriptions.size).toBe(0);
  });

  test("with a cycle longer than its term, for the wrong customer or segment, or without agreement is refused", async () => {
    const monthlyTerm = await line(sku.businessPremium, { termDuration: "P1M" });
    expect(codeOf(await order([monthlyTerm], { billingCycle: "annual" }))).toEqual([400, "900270"]);
    expect(codeOf(await order([monthlyTerm], { referenceCustomerId: school }))).toEqual([400, "3000"]);
    const education = await line(sku.a3Faculty, { offerId: await itemIdOf(commerce, sku.a3Faculty, school) });
    expect(codeOf(await order([education]))).toEqual([403, "2085"]);
    const elsewhere = { billingCycle: "monthly", lineItems: [await line(sku.businessPremium)] };
    expect(codeOf(await commerce.app.post(`/v1/customers/${unsigned}/orders`, elsewhere))).toEqual([403, "13605"]);
  });

  test("may add an add-on to an existing base", async () => {
    const id = "bbbbbbbb-0000-4000-8000-000000000001";
    await commerce.restart({
      subscriptions: [owned({ id, sku: sku.businessCentral, quantity: 5, boughtDaysAgo: 30 })],
    });
    const { status } = await order([
      await line(sku.businessCentralEnvironment, { quantity: 1, parentSubscriptionId: id }),
    ]);
    expect(status).toBe(201);
    const addons = await commerce.app.get(`/v1/customers/${acme}/subscriptions/${id}/addons`);
    expect(addons.body.items).toMatchObject([{ parentSubscriptionId: id }]);
  });
});

describe("prices", () => {
  test("come with include_price, after promotion and times the quantity", async () => {
    const promoted = { promotionId: "39NFJQT1SIM1:0001:39NFJQT1AA01" };
    const { body } = await order([await line(sku.businessPremium, promoted)], { billingCycle: "annual" });
    expect((await commerce.app.get(`${orders}/${body.id}`)).body.lineItems[0]).not.toHaveProperty("pricing");
    const priced = await commerce.app.get(`${orders}/${body.id}?include_price=true`);
    // Sample price 20.60 a month and seat, 80 % of it for the partner, a year at once, 15 % off, three seats.
    expect(priced.body.lineItems[0].pricing).toEqual({
      listPrice: 197.76,
      discountedPrice: 168.1,
      proratedPrice: 168.1,
      price: 168.1,
      extendedPrice: 504.3,
    });
    expect(priced.body.totalPrice).toBe(504.3);
  });

  test("of seats added in mid-term are for what is left of the term", async () => {
    await commerce.restart({
      subscriptions: [
        owned({ sku: sku.powerBiPro, quantity: 10, boughtDaysAgo: 182, added: [{ quantity: 2, daysAgo: 0 }] }),
      ],
      switches: { orderVisibilitySeconds: 0 },
    });
    const { body } = await commerce.app.get(`${orders}?include_price=true`);
    const [bought, added] = [body.items[0].lineItems[0].pricing, body.items[1].lineItems[0].pricing];
    expect(bought.proratedPrice).toBe(bought.listPrice);
    expect(added.proratedPrice / added.listPrice).toBeCloseTo(183 / 365, 1);
    expect(added.extendedPrice).toBeCloseTo(added.price * 2, 1);
  });

  test("need pricing rights", async () => {
    await commerce.restart({ switches: { pricingRights: false } });
    expect(codeOf(await commerce.app.get(`${orders}?include_price=true`))).toEqual([403, "800043"]);
    expect((await commerce.app.get(orders)).status).toBe(200);
  });
});

describe("provisioning of an order", () => {
  test("goes from prefulfillmentPending over unfulfilled to fulfilled", async () => {
    await commerce.restart({ switches: { subscriptionIdSeconds: 30, provisioningSeconds: 60 } });
    const { body } = await order([await line(sku.businessPremium)]);
    const status = async () => {
      const reply = await commerce.app.get(`${orders}/${body.id}/provisioningstatus`);
      expect(reply.body.items[0].quantityProvisioningInformation).toEqual([
        { quantity: 3, status: reply.body.items[0].status },
      ]);
      return reply.body.items[0].status;
    };
    expect(await status()).toBe("prefulfillmentPending");
    await commerce.clock.advance(30_000);
    expect(await status()).toBe("unfulfilled");
    await commerce.clock.advance(30_000);
    expect(await status()).toBe("fulfilled");
  });
});
