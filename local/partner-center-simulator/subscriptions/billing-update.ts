import { refuse } from "../errors";
import { recordSubscriptionOrder } from "../record-order";
import {
  cycleMonths,
  endOfCharge,
  endOfTerm,
  isoTime,
  lastDayOf,
  lastSecondOf,
  startOfDay,
  termMonths,
} from "../terms";
import { skuKey, type CatalogSku, type Subscription } from "../world";
import { familyOf, sellsTerm } from "./product-rules";
import { dropSchedules, type UpdateContext, type UpdateStep } from "./update-context";

/** Charge cycle or a longer term, mid-term (partner-center-api.md §4.5). */
export function planBilling(
  context: UpdateContext,
  wish: { billingCycle: string; termDuration: string; atNextCharge: boolean },
): UpdateStep {
  const { simulation, subscription } = context;
  const { resource } = subscription;
  const isNewTerm = wish.termDuration !== resource.termDuration;
  refuseKind(context, isNewTerm);
  if (isNewTerm) refuseTerm(context, wish.termDuration);
  refusePlan(simulation.world.catalog.get(skuKey(subscription.baseOfferId)), wish);
  if (!isNewTerm && [resource.billingCycle, wish.billingCycle].includes("triennial")) {
    refuse(400, "800097", "The billing cycle of a triennial offer cannot change during its term.");
  }
  const waits = wish.atNextCharge || (!isNewTerm && simulation.switches.midTermBillingChange === "nextChargeCycle");
  if (waits) return () => planNextCharge(subscription, wish.billingCycle);
  return (atMs) => {
    if (isNewTerm) startTerm(subscription, wish.termDuration, atMs);
    applyBillingCycle(subscription, wish.billingCycle, atMs);
    dropSchedules(subscription);
    return recordSubscriptionOrder(simulation, subscription, "Convert", resource.quantity, atMs).id;
  };
}

/** Whether term and billing cycle are sold together. */
export function refusePlan(sku: CatalogSku | undefined, plan: { billingCycle: string; termDuration: string }): void {
  const { billingCycle, termDuration } = plan;
  const months = termMonths(termDuration);
  if (months === undefined || !sku || !sellsTerm(sku, termDuration)) {
    refuse(400, "800121", `The term '${termDuration}' is not valid for this product.`, ["termDuration"]);
  }
  const cycle = cycleMonths(billingCycle);
  if (cycle !== undefined && cycle > months) {
    refuse(400, "900270", "The billing cycle is longer than the term.", ["billingCycle"]);
  }
  if (!sellsTerm(sku, termDuration, billingCycle)) {
    refuse(400, "900269", `The billing cycle '${billingCycle}' is not valid for this product and term.`, [
      "billingCycle",
    ]);
  }
}

/** A whole new term begins on the day of `atMs`. */
export function startTerm(subscription: Subscription, termDuration: string, atMs: number, endsAt?: number): void {
  const { resource } = subscription;
  const start = startOfDay(atMs);
  const end = endsAt ?? endOfTerm(start, termMonths(termDuration) ?? 1);
  resource.termDuration = termDuration;
  resource.effectiveStartDate = isoTime(start);
  resource.commitmentEndDate = lastDayOf(end);
  resource.commitmentEndDateTime = lastSecondOf(end);
  subscription.termEndsAt = end;
  subscription.chargeEndsAt = endOfCharge(start, end, resource.billingCycle, atMs);
}

export function applyBillingCycle(subscription: Subscription, billingCycle: string, atMs: number): void {
  const { resource, termEndsAt } = subscription;
  resource.billingCycle = billingCycle;
  delete resource["nextChargeInstructions"];
  subscription.chargeEndsAt = endOfCharge(Date.parse(resource.effectiveStartDate), termEndsAt, billingCycle, atMs);
}

function planNextCharge({ resource }: Subscription, billingCycle: string): undefined {
  const [productId, skuId, availabilityId] = resource.offerId.split(":");
  const promotion = resource["promotionId"];
  const product = {
    ...{ productId, skuId, availabilityId, billingCycle, termDuration: resource.termDuration },
    ...(promotion === undefined ? {} : { promotionId: promotion }),
  };
  resource["nextChargeInstructions"] = { product, quantity: resource.quantity };
}

function refuseKind({ subscription }: UpdateContext, isNewTerm: boolean): void {
  const family = familyOf(subscription);
  if (family === "legacy") refuse(400, "2054", "The billing cycle of this subscription changes on its order.");
  if (subscription.resource.isTrial && isNewTerm) refuse(400, "800107", "The term of a trial cannot change.");
  if (family !== "seats" || subscription.resource.isTrial || subscription.extendedServiceTerm) {
    refuse(400, "800097", "The billing cycle of this subscription cannot be updated; schedule it for the renewal.");
  }
}

function refuseTerm({ simulation, subscription }: UpdateContext, termDuration: string): void {
  const months = termMonths(termDuration);
  if (months === undefined || !simulation.switches.midTermTermChange) {
    refuse(400, "800121", `The term '${termDuration}' is not valid here.`, ["termDuration"]);
  }
  if (months < (termMonths(subscription.resource.termDuration) ?? 0)) {
    refuse(400, "800122", "The target term is shorter than the current one.", ["termDuration"]);
  }
}
