import type { JsonObject } from "../world";
import { availabilityIdAt } from "./availability-ids";
import type { CatalogEntry, TermOffer } from "./catalog-entry";
import type { Market } from "./markets";

const link = (uri: string) => ({ uri, method: "GET", headers: [] });

const targetViews: Record<CatalogEntry["kind"], string[]> = {
  seats: ["onlineservices"],
  "software-subscription": ["software", "softwaresubscriptions"],
  "perpetual-software": ["software", "softwareperpetual"],
  "azure-plan": ["azure", "microsoftazure"],
};

/** Views this simulator has nothing to show in; real ones have. Asking for others is refused. */
const emptyViews = ["azurereservations", "azurereservationsvm", "softwaresuselinux", "marketplacesaas"];

/** Whether the view exists at all (403/400036 otherwise). */
export function isTargetView(view: string): boolean {
  const wanted = view.toLowerCase();
  return emptyViews.includes(wanted) || Object.values(targetViews).some((views) => views.includes(wanted));
}

export function isInView(entry: CatalogEntry, view: string): boolean {
  return targetViews[entry.kind].includes(view.toLowerCase());
}

export function productResource(entry: CatalogEntry, country: string): JsonObject {
  const self = `/products/${entry.productId}?country=${country}`;
  return {
    id: entry.productId,
    title: entry.productTitle,
    description: `${entry.productTitle}. Sample entry of a simulator.`,
    productType: entry.productType,
    isMicrosoftProduct: true,
    publisherName: entry.publisherName,
    links: { skus: link(`/products/${entry.productId}/skus?country=${country}`), self: link(self) },
    attributes: { objectType: "Product" },
  };
}

export function skuResource(entry: CatalogEntry, country: string): JsonObject {
  const self = `/products/${entry.productId}/skus/${entry.skuId}`;
  return {
    ...entry.resource,
    id: entry.skuId,
    productId: entry.productId,
    title: entry.title,
    description: entry.title,
    minimumQuantity: entry.minimumQuantity,
    maximumQuantity: entry.maximumQuantity,
    isTrial: entry.isTrial,
    termsOfUseUri: "https://www.microsoft.com/licensing/terms",
    supportedBillingCycles: [...new Set(entry.terms.map((term) => term.billingCycle))],
    purchasePrerequisites: entry.kind === "perpetual-software" ? ["InventoryCheck"] : [],
    inventoryVariables: [],
    provisioningVariables: [],
    attestationProperties: {
      enforceAttestation: entry.segment === "education",
      ...(entry.segment === "education" ? { attestationType: "EducationAttestation" } : {}),
    },
    dynamicAttributes: dynamicAttributes(entry),
    links: {
      availabilities: link(`${self}/availabilities?country=${country}`),
      self: link(`${self}?country=${country}`),
    },
    attributes: { objectType: "Sku" },
  };
}

function dynamicAttributes(entry: CatalogEntry): JsonObject {
  return {
    isMicrosoftProduct: true,
    hasConstraints: entry.assetLimit !== undefined,
    isAddon: entry.isAddon,
    prerequisiteSkus: entry.prerequisiteSkus,
    upgradeTargetOffers: entry.upgradeTargets,
    provisioningId: entry.provisioningId,
    provisioningString: entry.skuPartNumber,
    isSoftwareAssuranceApplicable: false,
    billingType: entry.kind === "azure-plan" ? "Usage" : "License",
    ...(entry.convertsTo === undefined ? {} : { conversionInstructions: [{ targetOffer: entry.convertsTo }] }),
  };
}

/** What may be bought, in which terms, and how it can be given back. No prices: they stand in the price sheet. */
export function availabilityResource(
  entry: CatalogEntry,
  market: Market,
  now: Date,
  lifetimeDays: number,
): JsonObject & { id: string } {
  const id = availabilityIdAt(entry.productId, entry.skuId, market.country, now.getTime(), lifetimeDays);
  const renews = entry.kind === "seats" || entry.kind === "software-subscription";
  const renewToId = entry.convertsTo ?? `${entry.productId}:${entry.skuId}`;
  const self = `/products/${entry.productId}/skus/${entry.skuId}/availabilities/${id}?country=${market.country}`;
  return {
    id,
    productId: entry.productId,
    skuId: entry.skuId,
    catalogItemId: `${entry.productId}:${entry.skuId}:${id}`,
    defaultCurrency: { code: market.currency, symbol: market.symbol },
    segment: entry.segment,
    country: market.country,
    isPurchasable: entry.purchasable,
    isRenewable: renews,
    renewalInstructions: renews
      ? [{ applicableTermIds: entry.terms.map(termId), renewalOptions: [{ renewToId, isAutoRenewable: true }] }]
      : [],
    terms: entry.terms.map((term) => termResource(entry, term)),
    includedQuantityOptions: [],
    product: productResource(entry, market.country),
    sku: skuResource(entry, market.country),
    links: { self: link(self) },
    attributes: { objectType: "Availability" },
  };
}

const termId = (term: TermOffer): string => `${term.duration || "NoTerm"}-${term.billingCycle}`;

function termResource(entry: CatalogEntry, term: TermOffer): JsonObject {
  return {
    id: termId(term),
    duration: term.duration,
    description: `${term.duration || "No"} term, billed ${term.billingCycle}`,
    billingCycle: term.billingCycle,
    renewalOptions: entry.terms
      .filter((other) => other.duration !== "")
      .map((other) => ({ termDuration: other.duration, description: `Renews for ${other.duration}` })),
    cancellationPolicies: [{ refundOptions: refundPolicy(entry) }],
  };
}

/** The windows of partner-center-api.md §9.1, as durations. */
function refundPolicy(entry: CatalogEntry): JsonObject[] {
  if (entry.kind === "azure-plan" || entry.isTrial) return [];
  if (entry.kind === "perpetual-software") return [{ sequenceId: 0, type: "Full", expiresAfter: "P30D" }];
  return [
    { sequenceId: 0, type: "Full", expiresAfter: "P1D" },
    { sequenceId: 1, type: "Partial", expiresAfter: "P7D" },
  ];
}
