import type { CatalogEntry, Segment, TermOffer } from "../catalog/catalog-entry";
import type { Market } from "../catalog/markets";
import { samplePrice } from "../catalog/sample-prices";
import type { SwitchValues } from "../switches";
import type { World } from "../world";
import { csv } from "./csv";

/** What each view of the price sheet holds; other views exist at Microsoft but would be empty here. */
const views: Record<string, (entry: CatalogEntry) => boolean> = {
  updatedlicensebased: (entry) =>
    entry.kind === "seats" && entry.extendedServiceTermOf === undefined && entry.purchasable,
  licensebasedest: (entry) => entry.extendedServiceTermOf !== undefined,
  licensebasedeos: (entry) => entry.kind === "seats" && entry.extendedServiceTermOf === undefined && !entry.purchasable,
  software: (entry) => entry.kind === "software-subscription" || entry.kind === "perpetual-software",
  azure_consumption: () => false,
  azure_reservations: () => false,
  marketplace: () => false,
};

export function isPriceSheetView(view: string): boolean {
  return view.toLowerCase() in views;
}

const segments: Record<Segment, string> = {
  commercial: "Commercial",
  education: "Education",
  government: "Government",
  nonprofit: "Charity",
};
const plans: Record<string, string> = {
  monthly: "Monthly",
  annual: "Annual",
  triennial: "Triennial",
  one_time: "OneTime",
};

/** The price sheet of one market and view as of a month: one row per SKU, term, billing plan and segment. Sample prices. */
export function priceSheet(world: World, market: Market, view: string, month: Date, switches: SwitchValues): string {
  const isListed = views[view.toLowerCase()] ?? (() => false);
  const start = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), 1)).toISOString();
  const rows = [...world.catalog.values()]
    .filter(isListed)
    .flatMap((entry) => entry.terms.filter((term) => term.billingCycle !== "none").map((term) => ({ entry, term })))
    .map(({ entry, term }) => priceRow(entry, term, market, start, switches));
  return csv(rows, priceColumns);
}

const priceColumns = [
  "ProductTitle",
  "ProductId",
  "SkuId",
  "SkuTitle",
  "Publisher",
  "SkuDescription",
  "UnitOfMeasure",
  "TermDuration",
  "BillingPlan",
  "Market",
  "Currency",
  "UnitPrice",
  "PricingTierRangeMin",
  "PricingTierRangeMax",
  "EffectiveStartDate",
  "EffectiveEndDate",
  "Tags",
  "ERP Price",
  "Segment",
] as const;

function priceRow(
  entry: CatalogEntry,
  term: TermOffer,
  market: Market,
  start: string,
  switches: SwitchValues,
): Record<(typeof priceColumns)[number], string> {
  const price = samplePrice(entry, term, market.currency);
  const unitPrice = switches.unitPriceMeaning === "wholeTerm" ? price.perTerm : price.perCharge;
  return {
    ProductTitle: entry.productTitle,
    ProductId: entry.productId,
    SkuId: entry.skuId,
    SkuTitle: entry.title,
    Publisher: entry.publisherName,
    SkuDescription: `${entry.title} (sample price)`,
    UnitOfMeasure: "1 License",
    TermDuration: term.duration || "NoTerm",
    BillingPlan: plans[term.billingCycle] ?? term.billingCycle,
    Market: market.country,
    Currency: market.currency,
    UnitPrice: decimal(unitPrice),
    PricingTierRangeMin: "",
    PricingTierRangeMax: "",
    EffectiveStartDate: start,
    EffectiveEndDate: "9999-12-31T00:00:00.000Z",
    Tags: "Sample",
    "ERP Price": decimal(price.retailPerCharge),
    Segment: segments[entry.segment],
  };
}

const decimal = (minorUnits: number): string => (minorUnits / 100).toFixed(2);
