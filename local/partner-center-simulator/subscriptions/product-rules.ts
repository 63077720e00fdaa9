import { DAY_MS, HOUR_MS } from "../terms";
import type { CatalogSku, Subscription } from "../world";

/** The families whose windows differ (partner-center-api.md §9.1). */
export type ProductFamily = "seats" | "software" | "perpetual" | "marketplace" | "azure" | "legacy";

/** Which family a subscription or catalog entry belongs to: only `productType` tells, and legacy has none. */
export function productFamily(of: { productType?: { id: string } | undefined; termDuration?: string }): ProductFamily {
  const id = of.productType?.id ?? "";
  if (id === "") return "legacy";
  if (id === "Software") return of.termDuration ? "software" : "perpetual";
  if (id === "SaaS") return "marketplace";
  return id.startsWith("Azure") ? "azure" : "seats";
}

/** How long after purchase or renewal a cancel is possible, in milliseconds; `Infinity`: always. */
export function cancelWindowMs(family: ProductFamily, isTrial: boolean): number {
  if (isTrial) return Infinity;
  switch (family) {
    case "seats":
    case "software":
      return 168 * HOUR_MS;
    case "perpetual":
      return 30 * DAY_MS;
    case "marketplace":
      return 72 * HOUR_MS;
    case "azure":
    case "legacy":
      return Infinity;
  }
}

/** How long added seats may be given back, in milliseconds; `Infinity`: always; 0: never. */
export function decreaseWindowMs(family: ProductFamily, isTrial: boolean): number {
  if (family === "software" || family === "perpetual") return 0;
  return cancelWindowMs(family, isTrial);
}

export function familyOf(subscription: Subscription): ProductFamily {
  return productFamily(subscription.resource);
}

/** True for seat-based new commerce, the only kind with schedules, transitions and extended service terms. */
export function isSeatBased(subscription: Subscription): boolean {
  return familyOf(subscription) === "seats";
}

/** Whether a term and billing plan are sold together. */
export function sellsTerm(sku: CatalogSku, termDuration: string, billingCycle?: string): boolean {
  const same = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();
  return sku.terms.some(
    (term) =>
      same(term.duration, termDuration) && (billingCycle === undefined || same(term.billingCycle, billingCycle)),
  );
}
