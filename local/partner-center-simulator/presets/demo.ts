import { customerTenants, resellerTenants } from "../../presets/tenants";
import { sku } from "../catalog/catalog";
import type { CustomerSeed, SimulatorSeed } from "../seed";
import { demoSubscriptions } from "./demo-subscriptions";
import { presetPartners } from "./preset-partners";

const { nordlicht, northgate } = resellerTenants;

/** What differs from an ordinary commercial customer of the first reseller. */
const particulars: Partial<Record<keyof typeof customerTenants, Partial<CustomerSeed>>> = {
  mueller: {
    customDomains: ["muellermetallbau.onmicrosoft.com", "mueller-soehne.example"],
    contact: { firstName: "Jörg", lastName: "Müller" },
    address: { line1: "Gießereistraße 12", city: "Lüdenscheid", postalCode: "58507", region: "NW" },
    licenceUse: {
      [sku.businessPremium]: { consumedUnits: 33 },
      [sku.exchangePlan1]: { consumedUnits: 9 },
      [sku.entraP2]: { consumedUnits: 5 },
      [sku.copilot]: { consumedUnits: 7 },
      // Bought for two meeting rooms, assigned to none.
      [sku.teamsRoomsPro]: { consumedUnits: 0 },
    },
  },
  baeckerei: {
    contact: { firstName: "Änne", lastName: "Grünwald" },
    address: { line1: "Am Rathaus 3", city: "Überlingen", postalCode: "88662", region: "BW" },
    licenceUse: { [sku.businessBasic]: { consumedUnits: 15 }, [sku.businessPremiumTrial]: { consumedUnits: 6 } },
  },
  kanzlei: {
    contact: { firstName: "Dr. Karla", lastName: "Weiß" },
    address: { line1: "Königsallee 88", city: "Düsseldorf", postalCode: "40212", region: "NW" },
    licenceUse: {
      [sku.m365E3]: { consumedUnits: 57 },
      [sku.m365E5]: { consumedUnits: 8 },
      [sku.visioPlan2]: { consumedUnits: 1 },
    },
  },
  klinik: {
    segment: "nonprofit",
    licenceUse: { [sku.businessBasicGrant]: { consumedUnits: 212 }, [sku.m365F3]: { consumedUnits: 74 } },
  },
  schule: {
    segment: "education",
    licenceUse: { [sku.a3Faculty]: { consumedUnits: 58 }, [sku.a1Students]: { consumedUnits: 871 } },
  },
  // Nothing can be bought for it until somebody confirms the Microsoft Customer Agreement.
  spedition: {
    agreementConfirmed: false,
    licenceUse: { [sku.m365F3]: { consumedUnits: 96 }, [sku.office365E1]: { consumedUnits: 9 } },
  },
  // More users than seats: five of them will lose their licence.
  larkspur: {
    contact: { firstName: "Imogen", lastName: "Hart" },
    address: { line1: "14 Mill Lane", city: "Harrogate", postalCode: "HG1 2AB" },
    licenceUse: { [sku.businessPremium]: { consumedUnits: 35 }, [sku.defenderForOffice]: { consumedUnits: 30 } },
  },
  larkspurCare: {
    contact: { firstName: "Owen", lastName: "Price" },
    address: { line1: "2 Station Road", city: "Leeds", postalCode: "LS1 4DY" },
    licenceUse: { [sku.businessStandard]: { consumedUnits: 11 } },
  },
  // Bought partly direct from Microsoft, and known to both resellers.
  harbour: {
    partners: [nordlicht.tenantId, northgate.tenantId],
    licenceUse: {
      [sku.businessCentral]: { consumedUnits: 9 },
      [sku.powerBiPro]: { consumedUnits: 14, otherUnits: 6 },
      [sku.m365E5]: { consumedUnits: 19 },
    },
  },
  pennine: {
    partners: [northgate.tenantId],
    licenceUse: { [sku.m365E3]: { consumedUnits: 118 }, [sku.intunePlan1]: { consumedUnits: 20 } },
  },
  brightwell: {
    partners: [northgate.tenantId],
    segment: "nonprofit",
    licenceUse: { [sku.businessPremiumNonprofit]: { consumedUnits: 31 } },
  },
  // The customer removed the relationship: it is in no list, and every call answers 403/20002.
  tidewater: { partners: { [nordlicht.tenantId]: "none" }, licenceUse: { [sku.businessBasic]: { consumedUnits: 9 } } },
};

/**
 * The hand-written world of the demo: two resellers, twelve customers, every kind of subscription, 90 days of orders and
 * changes. All dates are relative to the clock's today; prices are samples.
 */
export function demo(): SimulatorSeed {
  const customers = Object.entries(customerTenants).map(([key, tenant]): CustomerSeed => ({
    id: tenant.tenantId,
    companyName: tenant.name,
    domain: tenant.domain,
    country: tenant.country,
    currency: tenant.currency,
    partners: [nordlicht.tenantId],
    ...particulars[key as keyof typeof customerTenants],
  }));
  return { number: 2026, partners: presetPartners, customers, subscriptions: demoSubscriptions };
}
