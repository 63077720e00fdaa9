import type { CatalogEntry, Currency, TermOffer } from "./catalog-entry";

/** The partner's share of the end-customer price; real shares differ by product and programme. */
const PARTNER_SHARE = 0.8;
/** Monthly terms cost about 20 % more, annual terms billed monthly 5 % more (partner-center-api.md §9.2). */
const MONTHLY_TERM_FACTOR = 1.2;
const BILLED_MONTHLY_FACTOR = 1.05;
/** Extended service terms: 3 % on the monthly term, 23 % on the annual one where no monthly term exists (§9.4). */
const EXTENSION_FACTOR = 1.03;
const EXTENSION_WITHOUT_MONTHLY_FACTOR = 1.23;

const monthsOfTerm: Record<string, number> = { P1M: 1, P1Y: 12, P3Y: 36 };
const monthsOfCycle: Record<string, number> = { monthly: 1, annual: 12, triennial: 36 };

function factor(entry: CatalogEntry, term: TermOffer): number {
  if (entry.extendedServiceTermOf !== undefined) {
    // The one SKU sold for a year and longer only is priced on its annual term.
    return entry.skuPartNumber === "Microsoft_365_Copilot"
      ? EXTENSION_WITHOUT_MONTHLY_FACTOR
      : MONTHLY_TERM_FACTOR * EXTENSION_FACTOR;
  }
  if (term.duration === "P1M") return MONTHLY_TERM_FACTOR;
  return term.billingCycle === "monthly" ? BILLED_MONTHLY_FACTOR : 1;
}

interface SamplePrice {
  /** Partner price of one seat per charge of the billing plan, in minor units. */
  perCharge: number;
  /** Partner price of one seat for the whole term, in minor units. */
  perTerm: number;
  /** End-customer price per charge, in minor units. */
  retailPerCharge: number;
}

/** Invented prices with the proportions of real ones. Perpetual software is charged once; usage has no price here. */
export function samplePrice(entry: CatalogEntry, term: TermOffer, currency: Currency): SamplePrice {
  const base = entry.samplePrice[currency];
  const termMonths = monthsOfTerm[term.duration] ?? 1;
  const chargeMonths = entry.kind === "perpetual-software" ? 1 : (monthsOfCycle[term.billingCycle] ?? termMonths);
  const retailPerCharge = Math.round(base * factor(entry, term) * chargeMonths);
  const perCharge = Math.round(retailPerCharge * PARTNER_SHARE);
  return { perCharge, perTerm: perCharge * Math.max(1, Math.round(termMonths / chargeMonths)), retailPerCharge };
}
