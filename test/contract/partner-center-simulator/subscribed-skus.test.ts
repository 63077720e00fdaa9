import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { acme, MINUTE, otherPartnerId, owned, startCommerce, type Commerce, type Wire } from "./commerce-fixture";

let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce();
});
afterEach(() => commerce.close());

const path = `/v1/customers/${acme}/subscribedskus`;

async function unitsOf(skuPartNumber: string): Promise<Wire | undefined> {
  const { body } = await commerce.user.get(path);
  return body.items.find(({ productSku }) => productSku.skuPartNumber === skuPartNumber);
}

function use(consumed: Record<string, { consumedUnits: number; otherUnits?: number }>): void {
  const customer = commerce.simulator.simulation.world.customers.get(acme);
  if (customer) customer.licenceUse = consumed;
}

test("licence use is refused to apps and to users without a role in the customer's directory", async () => {
  const { status, body } = await commerce.app.get(path);
  expect([status, body.code]).toEqual([403, "900329"]);
  const partner = commerce.simulator.simulation.world.partners.get("11111111-1111-4111-8111-111111111111");
  if (partner) partner.withoutGdap = ["ops@partner.example"];
  const withoutRole = await commerce.user.get(path);
  expect([withoutRole.status, withoutRole.body.code]).toEqual([403, "900308"]);
});

test("units of one Graph SKU add up over annual, monthly and trial subscriptions, of all partners and bought direct", async () => {
  await commerce.restart({
    subscriptions: [
      owned({ sku: sku.businessPremium, quantity: 25, boughtDaysAgo: 60 }),
      owned({ sku: sku.businessPremium, quantity: 4, termDuration: "P1M", boughtDaysAgo: 5 }),
      owned({ sku: sku.businessPremiumTrial, quantity: 10, boughtDaysAgo: 5 }),
      owned({ sku: sku.businessPremium, quantity: 2, boughtDaysAgo: 60, partnerId: otherPartnerId }),
    ],
  });
  use({ [sku.businessPremium]: { consumedUnits: 30, otherUnits: 3 } });
  expect(await unitsOf("SPB")).toMatchObject({
    activeUnits: 44,
    totalUnits: 44,
    consumedUnits: 30,
    availableUnits: 14,
    capabilityStatus: "Enabled",
    productSku: { id: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", targetType: "User", licenseGroupId: "group1" },
  });
});

test("an over-assigned tenant has fewer than no units available", async () => {
  await commerce.restart({ subscriptions: [owned({ sku: sku.m365E3, quantity: 10, boughtDaysAgo: 30 })] });
  use({ [sku.m365E3]: { consumedUnits: 13 } });
  expect(await unitsOf("SPE_E3")).toMatchObject({ totalUnits: 10, consumedUnits: 13, availableUnits: -3 });
});

test("suspended, expired and pending subscriptions count as what they are", async () => {
  await commerce.restart({
    subscriptions: [
      owned({ sku: sku.visioPlan2, quantity: 4, boughtDaysAgo: 60, suspended: { daysAgo: 5 } }),
      owned({ sku: sku.projectPlan3, quantity: 2, boughtDaysAgo: 60, more: { status: "expired" } }),
      owned({ sku: sku.powerBiPro, quantity: 3, pendingSeconds: 600 }),
    ],
  });
  expect(await unitsOf("VISIOCLIENT")).toMatchObject({
    suspendedUnits: 4,
    totalUnits: 0,
    capabilityStatus: "Suspended",
  });
  expect(await unitsOf("PROJECTPROFESSIONAL")).toMatchObject({
    warningUnits: 2,
    totalUnits: 2,
    capabilityStatus: "Warning",
  });
  expect(await unitsOf("POWER_BI_PRO")).toBeUndefined();
  await commerce.clock.advance(10 * MINUTE);
  expect(await unitsOf("POWER_BI_PRO")).toMatchObject({ activeUnits: 3 });
});

test("what belongs to the directory has the target Tenant, and nobody is assigned it", async () => {
  await commerce.restart({ subscriptions: [owned({ sku: sku.extraFileStorage, quantity: 50, boughtDaysAgo: 30 })] });
  expect(await unitsOf("SHAREPOINTSTORAGE")).toMatchObject({
    consumedUnits: 0,
    activeUnits: 50,
    productSku: { targetType: "Tenant" },
  });
});

test("licence groups choose what is listed", async () => {
  await commerce.restart({ subscriptions: [owned({ sku: sku.powerBiPro, quantity: 3, boughtDaysAgo: 1 })] });
  const count = async (query: string) => (await commerce.user.get(path + query)).body.items.length;
  expect(await count("?licenseGroupIds=Group1")).toBe(1);
  expect(await count("?licenseGroupIds=Group2")).toBe(0);
  expect(await count("?licenseGroupIds=Group1&licenseGroupIds=Group2")).toBe(1);
  expect((await commerce.user.get(`${path}?licenseGroupIds=Group3`)).body.code).toBe("900126");
});

test("units follow a change of seats with a delay, by switch", async () => {
  const id = "bbbbbbbb-0000-4000-8000-000000000001";
  await commerce.restart({
    subscriptions: [owned({ id, sku: sku.powerBiPro, quantity: 3, boughtDaysAgo: 1 })],
    switches: { licenceUnitsSeconds: 300 },
  });
  const subscription = `/v1/customers/${acme}/subscriptions/${id}`;
  const { body } = await commerce.app.get(subscription);
  expect((await commerce.app.patch(subscription, { ...body, quantity: 8 })).status).toBe(200);
  expect(await unitsOf("POWER_BI_PRO")).toMatchObject({ activeUnits: 3 });
  await commerce.clock.advance(5 * MINUTE);
  expect(await unitsOf("POWER_BI_PRO")).toMatchObject({ activeUnits: 8 });
});
