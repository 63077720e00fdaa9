import { buildCatalog } from "./catalog/catalog";
import { createIdSource } from "./id-source";
import type { CustomerSeed, SimulatorSeed } from "./seed";
import type { Customer, World } from "./world";

/** A world with the partners and customers of a seed; subscriptions are added by `seedSubscriptions`. */
export function buildWorld(seed: SimulatorSeed): World {
  const ids = createIdSource(seed.number ?? 1);
  return {
    ids,
    partners: new Map(seed.partners.map((partner) => [partner.tenantId.toLowerCase(), { ...partner }])),
    customers: new Map(
      seed.customers.map((customer) => [customer.id.toLowerCase(), buildCustomer(customer, ids.guid())]),
    ),
    subscriptions: new Map(),
    orders: new Map(),
    carts: new Map(),
    agreements: [],
    auditRecords: [],
    books: [],
    replays: new Map(),
    partnerRequests: [],
    callCounts: new Map(),
    webhooks: new Map(),
    catalog: buildCatalog(),
    rateWindows: new Map(),
    extras: new Map(),
  };
}

function buildCustomer(seed: CustomerSeed, commerceId: string): Customer {
  const id = seed.id.toLowerCase();
  const country = seed.country ?? "DE";
  return {
    id,
    relationships: Array.isArray(seed.partners)
      ? Object.fromEntries(seed.partners.map((partnerId) => [partnerId, "reseller" as const]))
      : { ...seed.partners },
    country,
    currency: seed.currency ?? (country === "GB" ? "GBP" : country === "US" ? "USD" : "EUR"),
    segment: seed.segment ?? "commercial",
    validationStatus: seed.validationStatus ?? "Allowed",
    agreementConfirmed: seed.agreementConfirmed ?? true,
    licenceUse: structuredClone(seed.licenceUse ?? {}),
    resource: {
      id,
      commerceId,
      companyProfile: {
        tenantId: id,
        domain: seed.domain,
        companyName: seed.companyName,
        address: addressOf(seed, country),
        email: seed.email ?? `office@${seed.domain}`,
        links: link(`/customers/${id}/profiles/company`),
        attributes: { objectType: "CustomerCompanyProfile" },
      },
      billingProfile: billingProfileOf(seed, country, commerceId),
      allowDelegatedAccess: true,
      customDomains: seed.customDomains ?? [seed.domain],
      links: link(`/customers/${id}`),
      attributes: { objectType: "Customer" },
      ...seed.more,
    },
  };
}

function billingProfileOf(seed: CustomerSeed, country: string, commerceId: string): Record<string, unknown> {
  const { firstName, lastName } = contactOf(seed);
  return {
    id: commerceId,
    firstName,
    lastName,
    email: seed.email ?? `office@${seed.domain}`,
    culture: country === "DE" ? "de-DE" : "en-GB",
    language: country === "DE" ? "de" : "en",
    companyName: seed.companyName,
    defaultAddress: addressOf(seed, country),
    attributes: {
      etag: Buffer.from(`billing ${commerceId} 1`).toString("base64"),
      objectType: "CustomerBillingProfile",
    },
  };
}

function addressOf(seed: CustomerSeed, country: string): Record<string, unknown> {
  const { line1, city, postalCode, region } = seed.address ?? {
    line1: "1 Sample Street",
    city: "Sampletown",
    postalCode: "10000",
  };
  return { country, region: region ?? "", city, state: "", addressLine1: line1, postalCode, ...contactOf(seed) };
}

const contactOf = (seed: CustomerSeed): { firstName: string; lastName: string } =>
  seed.contact ?? { firstName: "Robin", lastName: "Sample" };

const link = (uri: string): object => ({ self: { uri, method: "GET", headers: [] } });
