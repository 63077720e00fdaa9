import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import {
  acme,
  cartWith,
  charity,
  checkout,
  DAY,
  itemIdOf,
  otherPartnerId,
  owned,
  school,
  startCommerce,
  type Commerce,
  type Wire,
} from "./commerce-fixture";

let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce();
});
afterEach(() => commerce.close());

const yearly = { billingCycle: "monthly", termDuration: "P1Y" };
const errorOf = ({ lineItems }: Pick<Wire, "lineItems">): unknown => lineItems[0].error?.errorCode;

async function lineError(productAndSku: string, line: Record<string, unknown>, customerId = acme): Promise<unknown> {
  const catalogItemId = await itemIdOf(commerce, productAndSku, customerId);
  const cart = await cartWith(commerce, [{ catalogItemId, quantity: 5, ...yearly, ...line }], customerId);
  expect(cart.status).toBe(201);
  return errorOf(cart.body);
}

describe("a cart", () => {
  test("is created with its defaults filled in, read, replaced and expires after seven days", async () => {
    const catalogItemId = await itemIdOf(commerce, sku.businessPremium);
    const created = await cartWith(commerce, [{ CatalogItemId: catalogItemId, Quantity: 4, ...yearly }]);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      status: "Active",
      creationTimestamp: "2026-11-10T09:00:00.000Z",
      expirationTimestamp: "2026-11-17T09:00:00.000Z",
      lineItems: [{ id: 0, catalogItemId, quantity: 4, currencyCode: "EUR", orderGroup: "0", ...yearly }],
    });
    const path = `/v1/customers/${acme}/carts/${created.body.id}`;
    expect((await commerce.app.get(path)).body).toEqual(created.body);

    const other = await itemIdOf(commerce, sku.powerBiPro);
    const replaced = await commerce.app.put(path, { lineItems: [{ catalogItemId: other, quantity: 2, ...yearly }] });
    expect(replaced.status).toBe(200);
    expect((await commerce.app.get(path)).body.lineItems).toMatchObject([{ catalogItemId: other, quantity: 2 }]);

    await commerce.clock.advance(7 * DAY);
    const expired = await commerce.app.get(path);
    expect([expired.status, expired.body.code]).toEqual([404, "800008"]);
  });

  test("belongs to its partner: another one does not find it", async () => {
    const catalogItemId = await itemIdOf(commerce, sku.businessPremium);
    const { body } = await cartWith(commerce, [{ catalogItemId, quantity: 4, ...yearly }]);
    const foreign = await commerce.otherApp.get(`/v1/customers/${acme}/carts/${body.id}`);
    expect([foreign.status, foreign.body.code]).toEqual([404, "800008"]);
  });

  test("without lines is refused", async () => {
    const { status, body } = await commerce.app.post(`/v1/customers/${acme}/carts`, { lineItems: [] });
    expect([status, body.code]).toEqual([400, "800002"]);
  });
});

describe("a bad line leaves the cart standing and carries its error:", () => {
  test.each([
    ["an unknown item", { catalogItemId: "CFQ7TTC0SB01:0001:CFQ7TTC0NONE" }, "catalog_item_id_is_not_valid"],
    ["a legacy offer", { catalogItemId: "84a03d81-6b37-4d66-8d4a-faea24541538" }, "legacy_offer_is_not_available"],
    ["no quantity", { quantity: undefined }, "invalid_input"],
    ["half a seat", { quantity: 1.5 }, "invalid_input"],
    ["too many seats", { quantity: 301 }, "maximum_seats_per_subscription_exceeded"],
    ["another currency", { currencyCode: "USD" }, "currency_is_not_supported"],
    ["a plan not sold", { billingCycle: "triennial" }, "billing_plan_is_not_supported"],
    ["an unknown promotion", { promotionId: "none" }, "promotion_id_is_not_valid"],
    [
      "a reseller of a direct partner",
      { participants: [{ key: "transaction_reseller", value: "123" }] },
      "participants_is_not_supported_for_partner",
    ],
    ["a subscription of nobody", { provisioningContext: { subscriptionId: "none" } }, "subscription_is_not_valid"],
    [
      "a term end that aligns with nothing",
      { customTermEndDate: "2026-12-05T00:00:00Z" },
      "custom_term_end_date_is_not_valid",
    ],
  ])("%s", async (_what, line, expected) => {
    expect(await lineError(sku.businessPremium, line)).toBe(expected);
  });

  test("a product sold no more", async () => {
    const path = `/v1/products/${sku.office365E3.replace(":", "/skus/")}/availabilities?country=DE&IncludeLifeCycleState=true`;
    const { body } = await commerce.app.get(path);
    const line = { catalogItemId: body.items[0].catalogItemId, quantity: 5, ...yearly };
    expect(errorOf((await cartWith(commerce, [line])).body)).toBe("unable_to_process_cart_line_item");
  });

  test("a term end date on a product that has none", async () => {
    const software = { billingCycle: "annual", customTermEndDate: "2026-12-31T00:00:00Z" };
    expect(await lineError(sku.windowsServerCal, software)).toBe("custom_term_end_date_is_not_supported");
  });

  test("education without attestation, and below its minimum", async () => {
    expect(await lineError(sku.a3Faculty, {}, school)).toBe("attestation_not_accepted");
    expect(await lineError(sku.a3Faculty, { quantity: 4, attestationAccepted: true }, school)).toBe(
      "base_seat_quantity_is_not_met",
    );
    expect(await lineError(sku.a3Faculty, { attestationAccepted: true }, school)).toBeUndefined();
  });

  test("an add-on below its minimum", async () => {
    const base = await itemIdOf(commerce, sku.businessPremium);
    const storage = await itemIdOf(commerce, sku.extraFileStorage);
    const addonItems = [{ catalogItemId: storage, quantity: 2, ...yearly }];
    const { body } = await cartWith(commerce, [{ catalogItemId: base, quantity: 3, ...yearly, addonItems }]);
    expect(errorOf(body)).toBeUndefined();
    expect(errorOf({ lineItems: body.lineItems[0].addonItems })).toBe("minimum_addon_seats_are_not_met");
  });

  test("a nonprofit price for a commercial customer", async () => {
    const grant = await itemIdOf(commerce, sku.businessBasicGrant, charity);
    const line = { catalogItemId: grant, quantity: 5, ...yearly };
    expect(errorOf((await cartWith(commerce, [line])).body)).toBe("catalog_item_id_is_not_valid");
    expect(errorOf((await cartWith(commerce, [line], charity)).body)).toBeUndefined();
  });

  test.each([
    ["a used-up quota", { quotaAvailable: false }, {}, "quota_not_available"],
    ["a sandbox account", { sandboxSeatLimit: 4 }, {}, "sandbox_limit_exceeded"],
    ["the numeric style of codes", { cartErrorCodeStyle: "number" as const }, { quantity: 301 }, 10015],
    [
      "an indirect provider naming too many resellers",
      { partnerModel: "indirect" as const },
      { participants: Array.from({ length: 6 }, () => ({ key: "additional_transaction_reseller", value: "1" })) },
      "participants_is_not_supported_for_partner",
    ],
  ])("by switch, %s", async (_what, switches, line, expected) => {
    await commerce.restart({ switches });
    expect(await lineError(sku.businessPremium, line)).toBe(expected);
  });

  test("perpetual software without inventory", async () => {
    const once = { billingCycle: "one_time", termDuration: undefined };
    expect(await lineError(sku.officeLtsc, once)).toBeUndefined();
    await commerce.restart({ switches: { inventoryAvailable: false } });
    expect(await lineError(sku.officeLtsc, once)).toBe("inventory_not_available");
  });

  test("and cannot be checked out", async () => {
    const catalogItemId = await itemIdOf(commerce, sku.businessPremium);
    const { body } = await cartWith(commerce, [{ catalogItemId, quantity: 301, ...yearly }]);
    const refused = await checkout(commerce, body.id);
    expect([refused.status, refused.body.code]).toEqual([400, "800009"]);
    expect(refused.body.data[0]).toContain("lineItems[0]");
  });
});

describe("a custom term end date", () => {
  test("may be a month end, or the end of another subscription of the same partner", async () => {
    expect(await lineError(sku.businessPremium, { customTermEndDate: "2027-03-31T00:00:00Z" })).toBeUndefined();
    expect(await lineError(sku.businessPremium, { customTermEndDate: "2027-12-31T00:00:00Z" })).toBe(
      "custom_term_end_date_is_not_valid",
    );
    const other = owned({ sku: sku.powerBiPro, quantity: 3, boughtDaysAgo: 100 });
    await commerce.restart({ subscriptions: [other] });
    const { body } = await commerce.app.get(`/v1/customers/${acme}/subscriptions`);
    const end = body.items[0].commitmentEndDate;
    expect(await lineError(sku.businessPremium, { customTermEndDate: end })).toBeUndefined();
    await commerce.restart({ subscriptions: [{ ...other, partnerId: otherPartnerId }] });
    expect(await lineError(sku.businessPremium, { customTermEndDate: end })).toBe("custom_term_end_date_is_not_valid");
  });
});
