import { recordSubscriptionOrder } from "../record-order";
import type { Simulation } from "../route";
import { termMonths } from "../terms";
import type { Effect, Subscription } from "../world";
import { applyBillingCycle, startTerm } from "./billing-update";
import { changeSubscription } from "./change-subscription";
import { createSubscription, purchaseEffect } from "./create-subscription";
import { cancelWindowMs } from "./product-rules";
import { addLot, resetLots } from "./seat-lots";
import type { TransitionTarget } from "./transition-targets";
import { dropSchedules } from "./update-context";

/** Seats that move to another product. */
export interface Transfer {
  subscription: Subscription;
  target: TransitionTarget;
  quantity: number;
  termDuration: string;
  billingCycle: string;
  /** Seats join this subscription; absent: the same one, or a new one. */
  into: Subscription | undefined;
}

interface Transferred {
  effects: Effect[];
  toId: string;
}

/** All seats: the subscription becomes the other product and keeps its id. A longer term, or the end of a trial, begins a new one. */
export function transferAll(simulation: Simulation, transfer: Transfer): Transferred {
  const { subscription, target, termDuration, billingCycle } = transfer;
  const { resource } = subscription;
  const atMs = simulation.clock.nowMs();
  const effect = changeSubscription(simulation, subscription, atMs, () => {
    const wasTrial = resource.isTrial;
    subscription.baseOfferId = target.catalogItemId;
    subscription.extendedServiceTerm = false;
    resource.offerId = target.catalogItemId;
    resource.offerName = target.sku.title;
    resource.isTrial = false;
    subscription.minimumQuantity = target.sku.minimumQuantity;
    subscription.maximumQuantity = target.sku.maximumQuantity;
    dropSchedules(subscription);
    const isNewTerm = wasTrial || (termMonths(termDuration) ?? 0) > (termMonths(resource.termDuration) ?? 0);
    if (isNewTerm) startTerm(subscription, termDuration, atMs);
    applyBillingCycle(subscription, billingCycle, atMs);
    const order = recordSubscriptionOrder(simulation, subscription, "Convert", resource.quantity, atMs);
    if (wasTrial) {
      // Paid from now on: a first window opens.
      subscription.termBoughtAt = atMs;
      subscription.cancellableUntil = atMs + cancelWindowMs("seats", false);
      resetLots(subscription, order.id, atMs, simulation.switches);
    }
    subscription.licencesChangedAt = atMs;
    return order.id;
  });
  return { effects: [effect], toId: subscription.id };
}

/** Some seats: they leave the source and join another subscription or make a new one, with the window of the source. */
export function transferSome(simulation: Simulation, transfer: Transfer): Transferred {
  const { subscription, target, quantity, termDuration, billingCycle, into } = transfer;
  const atMs = simulation.clock.nowMs();
  const order = recordSubscriptionOrder(simulation, subscription, "Convert", quantity, atMs);
  const left = changeSubscription(simulation, subscription, atMs, () => {
    takeFromLots(subscription, quantity);
    const { resource } = subscription;
    if (resource.quantity === quantity) {
      resource.status = "deleted";
      resource.autoRenewEnabled = false;
    } else resource.quantity -= quantity;
    subscription.licencesChangedAt = atMs;
    dropSchedules(subscription);
    return order.id;
  });
  if (into) {
    const joined = changeSubscription(simulation, into, atMs, () => {
      into.resource.quantity += quantity;
      addLot(into, quantity, order.id, atMs, simulation.switches);
      dropSchedules(into);
      return order.id;
    });
    return { effects: [left, joined], toId: into.id };
  }
  const made = createSubscription(simulation, {
    customerId: subscription.customerId,
    partnerId: subscription.partnerId,
    sku: target.sku,
    offerId: target.catalogItemId,
    quantity,
    termDuration,
    billingCycle,
    orderId: order.id,
    friendlyName: subscription.resource.friendlyName,
    cancellableUntil: subscription.cancellableUntil,
  });
  return { effects: [left, purchaseEffect(made)], toId: made.id };
}

/** Seats leave for another product whatever their windows: those that cannot be given back first. */
function takeFromLots(subscription: Subscription, quantity: number): void {
  let left = quantity;
  for (const lot of [...subscription.lots].sort((one, other) => one.removableUntil - other.removableUntil)) {
    const taken = Math.min(lot.quantity, left);
    lot.quantity -= taken;
    left -= taken;
  }
  subscription.lots = subscription.lots.filter((lot) => lot.quantity > 0);
}
