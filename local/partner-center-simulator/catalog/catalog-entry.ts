import type { CatalogSku } from "../world";

export type Segment = "commercial" | "education" | "government" | "nonprofit";
export type Currency = "EUR" | "GBP" | "USD";

/** What decides the rules of a product: its windows, its billing and which list it stands in. */
type ProductKind = "seats" | "software-subscription" | "perpetual-software" | "azure-plan";

export interface TermOffer {
  /** ISO 8601 (`P1M`, `P1Y`, `P3Y`); empty for perpetual software and the Azure plan. */
  duration: string;
  billingCycle: string;
}

/** A SKU with everything the simulator knows about it. */
export interface CatalogEntry extends CatalogSku {
  kind: ProductKind;
  productTitle: string;
  segment: Segment;
  /** `Company`: the licence belongs to the directory and nobody is assigned one. */
  appliesTo: "User" | "Company";
  /** The base SKUs (`productId:skuId`) of which a customer needs one. */
  prerequisiteSkus: string[];
  /** The add-on hangs on a base subscription by `parentSubscriptionId`; otherwise it only needs one to exist. */
  needsParent: boolean;
  /** False: sold no more; existing subscriptions run on. */
  purchasable: boolean;
  /** `productId:skuId` of the paid extension after the term, and the way back. */
  extendedServiceTermSku?: string;
  extendedServiceTermOf?: string;
  /** How many subscriptions of the SKU a customer may own, over all partners. */
  assetLimit?: number;
  /** Sample end-customer price of one seat for one month of an annual term billed annually (or once, if perpetual), in minor units. */
  samplePrice: Record<Currency, number>;
}

const monthly = { duration: "P1M", billingCycle: "monthly" };
const annual = [
  { duration: "P1Y", billingCycle: "monthly" },
  { duration: "P1Y", billingCycle: "annual" },
];
const threeYears = [
  { duration: "P3Y", billingCycle: "annual" },
  { duration: "P3Y", billingCycle: "triennial" },
];

/** The term and billing pairs on sale (partner-center-api.md §9.2). */
export const termSets = {
  monthAndYear: [monthly, ...annual],
  upToThreeYears: [monthly, ...annual, { duration: "P3Y", billingCycle: "monthly" }, ...threeYears],
  yearAndThreeYears: [...annual, ...threeYears],
  trial: [{ duration: "P1M", billingCycle: "none" }],
  softwareTerms: [{ duration: "P1Y", billingCycle: "annual" }, ...threeYears],
  extendedServiceTerm: [monthly],
  once: [{ duration: "", billingCycle: "one_time" }],
  usage: [{ duration: "", billingCycle: "monthly" }],
} as const satisfies Record<string, readonly TermOffer[]>;

const productTypes: Record<ProductKind, { id: string; displayName: string }> = {
  seats: { id: "OnlineServicesNCE", displayName: "OnlineServicesNCE" },
  "software-subscription": { id: "Software", displayName: "Software" },
  "perpetual-software": { id: "Software", displayName: "Software" },
  "azure-plan": { id: "Azure", displayName: "Azure" },
};

/** What a row of the product lists says; the rest is the same for most SKUs. */
export interface SkuRow {
  product: string;
  sku?: string;
  productTitle: string;
  title?: string;
  kind?: ProductKind;
  part: string;
  guid: string;
  terms?: keyof typeof termSets;
  min?: number;
  max?: number;
  eur: number;
  gbp: number;
  usd: number;
  segment?: Segment;
  appliesTo?: "Company";
  /** Base SKUs by their short product names, such as `SB03` or `SB03:0001`. */
  needs?: string[];
  needsParent?: boolean;
  upgrades?: string[];
  convertsTo?: string;
  soldNoMore?: boolean;
  assetLimit?: number;
}

/** Ids of products are invented; they have the shape of real ones. */
const ID_PREFIX = "CFQ7TTC0";

/** `SB03` or `SB03:0001` → `CFQ7TTC0SB03:0001`. */
export function catalogKey(short: string): string {
  const [product = "", sku = "0001"] = short.split(":");
  return `${ID_PREFIX}${product}:${sku}`;
}

/** The whole catalog entry of a row. */
export function entryOf(row: SkuRow): CatalogEntry {
  const kind = row.kind ?? "seats";
  const isTrial = row.terms === "trial";
  const needs = row.needs ?? [];
  return {
    productId: ID_PREFIX + row.product,
    skuId: row.sku ?? "0001",
    kind,
    productTitle: row.productTitle,
    title: row.title ?? row.productTitle,
    publisherName: "Microsoft Corporation",
    productType: productTypes[kind],
    minimumQuantity: row.min ?? 1,
    maximumQuantity: row.max ?? (isTrial ? 25 : 10_000),
    isTrial,
    isAddon: needs.length > 0,
    needsParent: row.needsParent ?? false,
    terms: [...termSets[row.terms ?? "monthAndYear"]],
    provisioningId: row.guid,
    skuPartNumber: row.part,
    upgradeTargets: (row.upgrades ?? []).map(catalogKey),
    prerequisiteSkus: needs.map(catalogKey),
    segment: row.segment ?? "commercial",
    appliesTo: row.appliesTo ?? "User",
    purchasable: row.soldNoMore !== true,
    samplePrice: { EUR: row.eur, GBP: row.gbp, USD: row.usd },
    resource: {},
    ...(row.convertsTo === undefined ? {} : { convertsTo: catalogKey(row.convertsTo) }),
    ...(isTrial ? { assetLimit: 1 } : row.assetLimit === undefined ? {} : { assetLimit: row.assetLimit }),
  };
}
