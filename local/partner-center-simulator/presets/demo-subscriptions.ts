import { customerTenants, resellerTenants } from "../../presets/tenants";
import { sku } from "../catalog/catalog";
import type { SubscriptionSeed } from "../seed";

/** Ids count up, so that pages and tests can name them. */
const id = (number: number): string => `d0000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

type Rest = Omit<SubscriptionSeed, "id" | "customerId" | "partnerId">;

function of(customer: keyof typeof customerTenants, number: number, rest: Rest, northgate = false): SubscriptionSeed {
  const reseller = northgate ? resellerTenants.northgate : resellerTenants.nordlicht;
  return { id: id(number), customerId: customerTenants[customer].tenantId, partnerId: reseller.tenantId, ...rest };
}

const monthlyTerm = { termDuration: "P1M", billingCycle: "monthly" };
const endAtTermEnd = [{ scheduleType: "TermEnd", actionType: "Cancel" }];

/** A change that waits for the renewal: the given number of seats, everything else as it is. */
function renewWith(key: string, quantity: number): Rest["scheduledNextTermInstructions"] {
  const [productId, skuId] = key.split(":");
  // The availability is the one of the day it was scheduled.
  const product = { productId, skuId, availabilityId: "CFQ7TTC0OLD1", billingCycle: "monthly", termDuration: "P1Y" };
  return { product, quantity };
}

const german: SubscriptionSeed[] = [
  // One SKU twice: annual for the staff, monthly for the season.
  of("mueller", 1, {
    ...{
      sku: sku.businessPremium,
      quantity: 25,
      boughtDaysAgo: 200,
      friendlyName: "Business Premium Stammbelegschaft",
    },
    added: [
      { quantity: 3, daysAgo: 61 },
      { quantity: 5, daysAgo: 3 },
    ],
  }),
  of("mueller", 2, {
    ...{ sku: sku.businessPremium, quantity: 4, boughtDaysAgo: 75, friendlyName: "Business Premium Saisonkräfte" },
    ...{ ...monthlyTerm, added: [{ quantity: 2, daysAgo: 20 }] },
  }),
  of("mueller", 3, {
    ...{ sku: sku.exchangePlan1, quantity: 12, boughtDaysAgo: 330 },
    scheduledNextTermInstructions: renewWith(sku.exchangePlan1, 10) ?? {},
  }),
  of("mueller", 4, { sku: sku.entraP2, quantity: 5, boughtDaysAgo: 88 }),
  of("mueller", 5, { sku: sku.teamsRoomsPro, quantity: 2, boughtDaysAgo: 45 }),
  of("mueller", 6, {
    sku: sku.copilot,
    quantity: 10,
    boughtDaysAgo: 30,
    promotionId: "39NFJQT1SIM2:0001:39NFJQT1AA02",
  }),
  of("mueller", 7, { sku: sku.windowsServerCal, quantity: 15, boughtDaysAgo: 4 }),
  of("baeckerei", 11, {
    sku: sku.businessBasic,
    quantity: 14,
    boughtDaysAgo: 120,
    added: [{ quantity: 4, daysAgo: 12 }],
  }),
  of("baeckerei", 12, { sku: sku.businessPremiumTrial, quantity: 25, boughtDaysAgo: 9 }),
  // Stays pending for a day: provisioning is stuck.
  of("baeckerei", 13, { sku: sku.teamsEssentials, quantity: 4, pendingSeconds: 86_400 }),
  of("kanzlei", 21, {
    ...{ sku: sku.m365E3, quantity: 60, boughtDaysAgo: 400, termDuration: "P3Y", billingCycle: "annual" },
    friendlyName: "E3 drei Jahre",
  }),
  of("kanzlei", 22, { sku: sku.m365E5, quantity: 8, boughtDaysAgo: 2 }),
  of("kanzlei", 23, {
    ...{ sku: sku.visioPlan2, quantity: 4, boughtDaysAgo: 340, autoRenewEnabled: false },
    scheduledActions: endAtTermEnd,
  }),
  // A grant of Microsoft: 300 seats at no price.
  of("klinik", 31, { sku: sku.businessBasicGrant, quantity: 300, boughtDaysAgo: 150, billingCycle: "annual" }),
  of("klinik", 32, { sku: sku.businessPremiumNonprofit, quantity: 40, boughtDaysAgo: 80 }),
  of("klinik", 33, { sku: sku.m365F3, quantity: 80, boughtDaysAgo: 260, added: [{ quantity: 6, daysAgo: 33 }] }),
  of("schule", 41, { sku: sku.a3Faculty, quantity: 60, boughtDaysAgo: 95, billingCycle: "annual" }),
  of("schule", 42, { sku: sku.a1Students, quantity: 900, boughtDaysAgo: 95, billingCycle: "annual" }),
  // Auto-renew was off and no end was scheduled: it runs on month by month, and dearer.
  of("spedition", 51, { sku: sku.office365E1, quantity: 9, boughtDaysAgo: 390, autoRenewEnabled: false }),
  of("spedition", 52, { sku: sku.m365F3, quantity: 110, boughtDaysAgo: 170 }),
  of("spedition", 53, { sku: sku.projectPlan3, quantity: 3, boughtDaysAgo: 60, suspended: { daysAgo: 8 } }),
];

const british: SubscriptionSeed[] = [
  of("larkspur", 61, { sku: sku.businessPremium, quantity: 30, boughtDaysAgo: 58, billingCycle: "annual" }),
  of("larkspur", 62, { sku: sku.defenderForOffice, quantity: 30, boughtDaysAgo: 58 }),
  of("larkspurCare", 71, {
    sku: sku.businessStandard,
    quantity: 12,
    boughtDaysAgo: 50,
    added: [{ quantity: 1, daysAgo: 1 }],
  }),
  of("larkspurCare", 72, {
    ...{ sku: sku.powerBiPro, quantity: 2, boughtDaysAgo: 40 },
    suspended: { daysAgo: 5, reasons: ["NonPayment"] },
  }),
  of("harbour", 81, { sku: sku.businessCentral, quantity: 10, boughtDaysAgo: 70 }),
  of("harbour", 82, {
    sku: sku.businessCentralEnvironment,
    quantity: 1,
    boughtDaysAgo: 70,
    parentSubscriptionId: id(81),
  }),
  // The last two seats were added by somebody in the portal of Partner Center.
  of("harbour", 83, { sku: sku.powerBiPro, quantity: 10, boughtDaysAgo: 140, added: [{ quantity: 2, daysAgo: 2 }] }),
  of("harbour", 84, { sku: sku.m365E5, quantity: 20, boughtDaysAgo: 300 }, true),
  of(
    "pennine",
    91,
    { sku: sku.m365E3, quantity: 120, boughtDaysAgo: 500, termDuration: "P3Y", billingCycle: "triennial" },
    true,
  ),
  of(
    "pennine",
    92,
    { sku: sku.intunePlan1, quantity: 25, boughtDaysAgo: 210, added: [{ quantity: 5, daysAgo: 70 }] },
    true,
  ),
  // Suspended when its month ended, so it ended for good.
  of(
    "pennine",
    93,
    { sku: sku.projectPlan3, quantity: 2, boughtDaysAgo: 45, ...monthlyTerm, suspended: { daysAgo: 20 } },
    true,
  ),
  of("brightwell", 101, { sku: sku.businessPremiumNonprofit, quantity: 35, boughtDaysAgo: 85 }, true),
  of("brightwell", 102, { sku: sku.m365F1, quantity: 60, boughtDaysAgo: 30, ...monthlyTerm }, true),
  of("tidewater", 111, { sku: sku.businessBasic, quantity: 9, boughtDaysAgo: 180 }),
];

/** One subscription of every kind, by customer. Names without a translation are the product's own. */
export const demoSubscriptions: SubscriptionSeed[] = [...german, ...british];
