import type { OfferPlan, Offers } from "../../shared/domain/subscriptions/offers";
import type { RenewalSchedule } from "../../shared/domain/subscriptions/renewal-schedule";

/** The one way in which the product of `aSubscription` is sold. */
export const PLAN: OfferPlan = { availabilityId: "CFQ7TTC0ABCD", term: "P1Y", billingCycle: "monthly" };

const SKU = "CFQ7TTC0LCHC:0002";

/** Everything that `aSubscription` can be changed to is on sale, in any number. */
export const ON_SALE: Offers = { limits: undefined, plans: [{ ...PLAN, sku: SKU }] };

/** `scheduledNextTermInstructions` of this many seats, for the same product and plan. */
export function instructions(quantity: number, product: Record<string, unknown> = {}): Record<string, unknown> {
  const [productId, skuId] = SKU.split(":");
  const { availabilityId, term: termDuration, billingCycle } = PLAN;
  return { product: { productId, skuId, availabilityId, billingCycle, termDuration, ...product }, quantity };
}

/** The renewal is to have this many seats. */
export function aSchedule(quantity: number): RenewalSchedule {
  return { instructions: instructions(quantity) };
}
