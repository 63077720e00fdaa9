import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { acme, charity, DAY, itemIdOf, startCommerce, type Commerce } from "./commerce-fixture";

let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce();
});
afterEach(() => commerce.close());

const idsIn = (body: { items: { id: string }[] }): string[] => body.items.map(({ id }) => id);
const productOf = (productAndSku: string): string => productAndSku.split(":")[0] ?? "";
const skuPath = (productAndSku: string): string => `/v1/products/${productAndSku.replace(":", "/skus/")}`;

describe("products", () => {
  test("of a country and view are listed without nonprofit ones, unless the segment is named", async () => {
    const all = await commerce.app.get("/v1/products?country=DE&targetView=OnlineServices");
    expect(all.status).toBe(200);
    expect(idsIn(all.body)).toEqual(expect.arrayContaining([productOf(sku.businessPremium), productOf(sku.a3Faculty)]));
    expect(all.body.items.length).toBeGreaterThanOrEqual(25);
    expect(all.body.items[0]).toMatchObject({
      title: "Microsoft 365 Business Basic",
      productType: { id: "OnlineServicesNCE" },
      isMicrosoftProduct: true,
    });
    const nonprofit = await commerce.app.get(
      "/v1/products?country=DE&targetView=onlineservices&targetSegment=nonprofit",
    );
    expect(idsIn(nonprofit.body)).toEqual([productOf(sku.businessBasicGrant), productOf(sku.businessPremiumNonprofit)]);
  });

  test("of a customer imply country and segment", async () => {
    const skusOf = async (customerId: string) =>
      idsIn((await commerce.app.get(`/v1/customers/${customerId}/products/${productOf(sku.businessBasic)}/skus`)).body);
    expect(await skusOf(acme)).toEqual(["0001", "E001"]);
    expect(await skusOf(charity)).toEqual(["0001", "E001", "0003", "E003"]);
  });

  test("stand in the view of their kind only", async () => {
    const view = async (name: string) =>
      idsIn((await commerce.app.get(`/v1/products?country=GB&targetView=${name}`)).body);
    expect(await view("SoftwarePerpetual")).toEqual([productOf(sku.officeLtsc)]);
    expect(await view("SoftwareSubscriptions")).toEqual([productOf(sku.windowsServerCal)]);
    expect(await view("Azure")).toEqual([productOf(sku.azurePlan)]);
    expect(await view("AzureReservations")).toEqual([]);
  });

  test.each([
    ["an unknown view", "/v1/products?country=DE&targetView=Toys", 403, "400036"],
    ["an unknown segment", "/v1/products?country=DE&targetView=OnlineServices&targetSegment=pirates", 403, "400030"],
    ["no country", "/v1/products?targetView=OnlineServices", 400, "400056"],
    ["an unknown product", "/v1/products/CFQ7TTC0NONE?country=DE", 404, "400013"],
    ["an unknown SKU", `/v1/products/${productOf(sku.businessBasic)}/skus/0099?country=DE`, 404, "400018"],
    ["an unknown availability", `${skuPath(sku.businessBasic)}/availabilities/CFQ7TTC0NONE?country=DE`, 404, "400019"],
  ])("asked for with %s are refused with its own code", async (_what, path, status, code) => {
    const reply = await commerce.app.get(path);
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });
});

describe("SKUs", () => {
  test("tell their seat limits, their Graph SKU and what an add-on needs", async () => {
    const premium = await commerce.app.get(`${skuPath(sku.businessPremium)}?country=DE`);
    expect(premium.body).toMatchObject({
      id: "0001",
      minimumQuantity: 1,
      maximumQuantity: 300,
      isTrial: false,
      supportedBillingCycles: ["monthly", "annual"],
      dynamicAttributes: { provisioningId: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", isAddon: false },
    });
    const trial = await commerce.app.get(`${skuPath(sku.businessPremiumTrial)}?country=DE`);
    expect(trial.body).toMatchObject({ isTrial: true, maximumQuantity: 25 });
    const copilot = await commerce.app.get(`${skuPath(sku.copilot)}?country=DE`);
    expect(copilot.body.dynamicAttributes).toMatchObject({
      isAddon: true,
      prerequisiteSkus: expect.arrayContaining([sku.businessPremium]) as unknown,
    });
  });
});

describe("availabilities", () => {
  test("hold the terms that may be bought, the refund policy and no price", async () => {
    const { body } = await commerce.app.get(`${skuPath(sku.m365E3)}/availabilities?country=GB`);
    const [availability] = body.items;
    expect(availability).toMatchObject({ country: "GB", defaultCurrency: { code: "GBP" }, isPurchasable: true });
    const pairs = availability.terms.map((term: { duration: string; billingCycle: string }) => [
      term.duration,
      term.billingCycle,
    ]);
    expect(pairs).toEqual([
      ["P1M", "monthly"],
      ["P1Y", "monthly"],
      ["P1Y", "annual"],
      ["P3Y", "monthly"],
      ["P3Y", "annual"],
      ["P3Y", "triennial"],
    ]);
    expect(availability.terms[0].cancellationPolicies[0].refundOptions).toEqual([
      { sequenceId: 0, type: "Full", expiresAfter: "P1D" },
      { sequenceId: 1, type: "Partial", expiresAfter: "P7D" },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/price/i);
  });

  test("change over time, so that a stored id can no longer be read", async () => {
    const before = await itemIdOf(commerce, sku.businessBasic);
    expect(await itemIdOf(commerce, sku.businessBasic)).toBe(before);
    const stored = `${skuPath(sku.businessBasic)}/availabilities/${before.split(":")[2]}?country=DE`;
    expect((await commerce.app.get(stored)).status).toBe(200);
    await commerce.clock.advance(31 * DAY);
    expect(await itemIdOf(commerce, sku.businessBasic)).not.toBe(before);
    expect((await commerce.app.get(stored)).body.code).toBe("400019");
  });

  test("of what is sold no more are listed only with the life cycle", async () => {
    const path = `${skuPath(sku.office365E3)}/availabilities?country=DE`;
    expect((await commerce.app.get(path)).body.items).toEqual([]);
    const all = await commerce.app.get(`${path}&IncludeLifeCycleState=true`);
    expect(all.body.items).toMatchObject([{ isPurchasable: false }]);
  });
});

describe("inventory", () => {
  test("is there, or restricted by switch", async () => {
    const [productId, skuId] = sku.officeLtsc.split(":");
    const ask = () =>
      commerce.app.post("/v1/extensions/product/checkinventory?country=DE", {
        TargetItems: [{ ProductId: productId, SkuId: skuId }],
      });
    expect((await ask()).body).toMatchObject([{ isRestricted: false, restrictions: [] }]);
    await commerce.restart({ switches: { inventoryAvailable: false } });
    expect((await ask()).body).toMatchObject([{ isRestricted: true, restrictions: [{ reasonCode: "NotAvailable" }] }]);
  });
});

describe("promotions", () => {
  const premiumPromotion = "39NFJQT1SIM1:0001:39NFJQT1AA01";

  test("are listed by country and segment, and read one by one", async () => {
    const list = await commerce.app.get("/v1/productpromotions?country=DE&segment=commercial");
    expect(idsIn(list.body)).toContain(premiumPromotion);
    const one = await commerce.app.get(`/v1/productpromotions/${premiumPromotion}?country=DE`);
    expect(one.body.requiredProducts[0]).toMatchObject({
      term: { duration: "P1Y", billingCycle: "annual" },
      pricingPolicies: [{ policyType: "PercentDiscount", value: 15 }],
    });
    expect((await commerce.app.get("/v1/productpromotions/none?country=DE")).status).toBe(404);
  });

  test("say why a customer would not get them", async () => {
    const ask = async (quantity: number, billingCycle: string) => {
      const item = {
        catalogItemId: await itemIdOf(commerce, sku.businessPremium),
        termDuration: "P1Y",
        promotionId: premiumPromotion,
      };
      const items = [{ id: 0, ...item, quantity, billingCycle }];
      const { body } = await commerce.app.post(`/v1/customers/${acme}/promotionEligibilities`, { items });
      return body.items[0].eligibilities[0];
    };
    expect(await ask(10, "Annual")).toMatchObject({ isEligible: true, errors: [] });
    expect((await ask(301, "Monthly")).errors.map(({ type }) => type)).toEqual(["Term", "SeatCount"]);
    await commerce.restart({
      subscriptions: [
        { customerId: acme, partnerId: "11111111-1111-4111-8111-111111111111", sku: sku.businessPremium, quantity: 1 },
      ],
    });
    expect((await ask(10, "annual")).errors.map(({ type }) => type)).toEqual(["FirstPurchase"]);
  });
});
