import { scaleTenants } from "../../presets/scale-tenants";
import type { DemoTenant } from "../../presets/tenants";
import { sku } from "../catalog/catalog";
import { createIdSource, type IdSource } from "../id-source";
import type { CustomerSeed, SimulatorSeed, SubscriptionSeed } from "../seed";
import { presetPartners } from "./preset-partners";

const DEFAULT_TENANTS = 300;
/** Between 10 and 16 per tenant: 13 on average. */
const FEWEST_SUBSCRIPTIONS = 10;
const SPREAD = 7;

/** Suites first, so that add-ons find a base. */
const suites = [sku.businessBasic, sku.businessStandard, sku.businessPremium, sku.m365E3];
const others = [
  sku.m365F1,
  sku.m365F3,
  sku.m365E5,
  sku.office365E1,
  sku.exchangePlan1,
  sku.exchangePlan2,
  sku.entraP1,
  sku.entraP2,
  sku.intunePlan1,
  sku.defenderForBusiness,
  sku.defenderForOffice,
  sku.teamsRoomsPro,
  sku.teamsPhone,
  sku.teamsEssentials,
  sku.copilot,
  sku.visioPlan2,
  sku.projectPlan3,
  sku.powerBiPro,
  sku.appsForBusiness,
  sku.windows365,
];

/** So many tenants with about 13 subscriptions each, always the same for the same number. */
export function scale(tenantCount = DEFAULT_TENANTS): SimulatorSeed {
  const random = createIdSource(0x5ca1e);
  const customers: CustomerSeed[] = [];
  const subscriptions: SubscriptionSeed[] = [];
  for (const [index, tenant] of scaleTenants(tenantCount).entries()) {
    const partnerId = presetPartners[tenant.currency === "GBP" ? 1 : 0]?.tenantId ?? "";
    const bought = tenantSubscriptions(tenant, partnerId, random);
    subscriptions.push(...bought);
    customers.push(customerOf(tenant, partnerId, index, bought, random));
  }
  return { number: tenantCount, partners: presetPartners, customers, subscriptions };
}

function tenantSubscriptions(tenant: DemoTenant, partnerId: string, random: IdSource): SubscriptionSeed[] {
  const count = FEWEST_SUBSCRIPTIONS + random.number(SPREAD);
  const start = random.number(others.length);
  const chosen = [suites[random.number(suites.length)] ?? sku.businessBasic];
  for (let step = 0; chosen.length < count; step++)
    chosen.push(others[(start + step) % others.length] ?? sku.powerBiPro);
  return chosen.map((key) => ({
    id: random.guid(),
    customerId: tenant.tenantId,
    partnerId,
    sku: key,
    quantity: 1 + random.number(60),
    ...plan(key, random),
    ...history(random),
  }));
}

/** Mostly annual terms billed monthly, some monthly ones; Copilot is sold by the year only. */
function plan(key: string, random: IdSource): Partial<SubscriptionSeed> {
  const dice = random.number(10);
  if (dice === 0 && key !== sku.copilot) return { termDuration: "P1M", boughtDaysAgo: random.number(90) };
  if (dice < 3) return { billingCycle: "annual", boughtDaysAgo: random.number(700) };
  return { boughtDaysAgo: random.number(700) };
}

/** Some got more seats lately; a few are suspended or will not renew. */
function history(random: IdSource): Partial<SubscriptionSeed> {
  const dice = random.number(40);
  if (dice < 6) return { added: [{ quantity: 1 + random.number(5), daysAgo: 0 }] };
  if (dice === 6) return { suspended: { daysAgo: 0 } };
  if (dice === 7)
    return { autoRenewEnabled: false, scheduledActions: [{ scheduleType: "TermEnd", actionType: "Cancel" }] };
  return {};
}

function customerOf(
  tenant: DemoTenant,
  partnerId: string,
  index: number,
  bought: SubscriptionSeed[],
  random: IdSource,
): CustomerSeed {
  const used = bought.map(({ sku: key, quantity }) => [key, { consumedUnits: random.number(quantity + 1) }] as const);
  return {
    id: tenant.tenantId,
    companyName: tenant.name,
    domain: tenant.domain,
    country: tenant.country,
    currency: tenant.currency,
    partners: [partnerId],
    // One in fifty has not signed the agreement yet.
    agreementConfirmed: index % 50 !== 49,
    licenceUse: Object.fromEntries(used),
  };
}
