import { sku } from "./catalog/catalog";
import type { CustomerSeed, SimulatorSeed, SubscriptionSeed } from "./seed";
import type { Partner } from "./world";

/** The reseller of the default seed. */
export const samplePartner: Partner = {
  tenantId: "11111111-1111-4111-8111-111111111111",
  companyName: "Fabrikam Cloud Partner",
  domain: "fabrikamcloud.onmicrosoft.com",
  email: "partner@fabrikamcloud.onmicrosoft.com",
  country: "DE",
  currency: "EUR",
  culture: "en-US",
  language: "en",
};

const customers = {
  larkspur: "6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11",
  northwind: "9a4e2c10-5b7d-4f3e-8c21-d60b1f7e2a22",
  removed: "c3d95f7b-2e18-4b06-a4f9-70e1c82b5d33",
} as const;

const sampleCustomers: CustomerSeed[] = [
  {
    id: customers.larkspur,
    companyName: "Larkspur Dental",
    domain: "larkspurdental.onmicrosoft.com",
    partners: [samplePartner.tenantId],
    licenceUse: { [sku.businessPremium]: { consumedUnits: 22 } },
  },
  {
    id: customers.northwind,
    companyName: "Northwind Bäckerei",
    domain: "northwindbaeckerei.onmicrosoft.com",
    partners: [samplePartner.tenantId],
    licenceUse: { [sku.m365E3]: { consumedUnits: 41 } },
  },
  {
    id: customers.removed,
    companyName: "Proseware Law",
    domain: "prosewarelaw.onmicrosoft.com",
    partners: { [samplePartner.tenantId]: "none" },
  },
];

/** Ids by what they show, so that a reader of the quick start finds them. */
const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

const of = (
  customer: keyof typeof customers,
  number: number,
  rest: Omit<SubscriptionSeed, "customerId" | "partnerId">,
) => ({
  id: id(number),
  customerId: customers[customer],
  partnerId: samplePartner.tenantId,
  ...rest,
});

const cancelAtTermEnd = [{ scheduleType: "TermEnd", actionType: "Cancel" }];

const sampleSubscriptions: SubscriptionSeed[] = [
  of("larkspur", 1, { sku: sku.businessPremium, quantity: 25, boughtDaysAgo: 3, friendlyName: "In its window" }),
  of("larkspur", 2, {
    ...{ sku: sku.exchangePlan1, quantity: 20, boughtDaysAgo: 100, friendlyName: "Five fresh seats" },
    added: [{ quantity: 5, daysAgo: 2 }],
  }),
  of("larkspur", 3, {
    sku: sku.businessBasic,
    quantity: 8,
    termDuration: "P1M",
    boughtDaysAgo: 40,
    friendlyName: "Monthly",
  }),
  of("larkspur", 4, { sku: sku.businessPremiumTrial, quantity: 25, boughtDaysAgo: 10, friendlyName: "Trial" }),
  of("larkspur", 5, {
    sku: sku.visioPlan2,
    quantity: 4,
    boughtDaysAgo: 60,
    suspended: { daysAgo: 5 },
    friendlyName: "Suspended",
  }),
  of("larkspur", 6, { sku: sku.powerBiPro, quantity: 3, pendingSeconds: 600, friendlyName: "Pending" }),
  of("larkspur", 7, {
    ...{ sku: sku.projectPlan3, quantity: 2, termDuration: "P1M", boughtDaysAgo: 40, friendlyName: "Expired" },
    suspended: { daysAgo: 35 },
  }),
  of("northwind", 8, {
    ...{ sku: sku.m365E3, quantity: 40, termDuration: "P3Y", billingCycle: "annual", boughtDaysAgo: 200 },
    friendlyName: "Three years",
  }),
  of("northwind", 9, { sku: sku.businessCentral, quantity: 10, boughtDaysAgo: 30, friendlyName: "Base" }),
  of("northwind", 10, {
    ...{ sku: sku.businessCentralEnvironment, quantity: 1, boughtDaysAgo: 30, friendlyName: "Add-on" },
    parentSubscriptionId: id(9),
  }),
  of("northwind", 11, { sku: sku.windowsServerCal, quantity: 15, boughtDaysAgo: 4, friendlyName: "Software" }),
  of("northwind", 12, {
    ...{ sku: "84a03d81-6b37-4d66-8d4a-faea24541538", quantity: 6, boughtDaysAgo: 300, friendlyName: "Legacy" },
    billingCycle: "annual",
  }),
  of("northwind", 13, {
    ...{ sku: sku.entraP1, quantity: 12, boughtDaysAgo: 330, autoRenewEnabled: false, friendlyName: "Ends for good" },
    scheduledActions: cancelAtTermEnd,
  }),
  of("northwind", 14, {
    ...{ sku: sku.intunePlan1, quantity: 12, boughtDaysAgo: 330, autoRenewEnabled: false },
    friendlyName: "Auto-renew off only",
  }),
  of("northwind", 15, {
    ...{ sku: sku.office365E1, quantity: 9, boughtDaysAgo: 390, autoRenewEnabled: false },
    friendlyName: "Extended service term",
  }),
];

/** One reseller, three customers (one relationship removed) and a subscription of every kind; dates relative to now. */
export function defaultSeed(): SimulatorSeed {
  return { number: 1, partners: [samplePartner], customers: sampleCustomers, subscriptions: sampleSubscriptions };
}
