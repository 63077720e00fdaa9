import type { SwitchValues } from "../switches";
import type { SeatLot, Subscription } from "../world";
import { decreaseWindowMs, familyOf } from "./product-rules";

/** Seats that may be given back at this moment, per batch; every batch has its own window (partner-center-api.md §5). */
export function removableLots(lots: SeatLot[], nowMs: number): SeatLot[] {
  return lots.filter((lot) => lot.quantity > 0 && lot.removableUntil > nowMs);
}

export function removableSeats(subscription: Subscription, nowMs: number): number {
  return removableLots(subscription.lots, nowMs).reduce((sum, lot) => sum + lot.quantity, 0);
}

/** A new batch with a window of its own. */
export function addLot(
  subscription: Subscription,
  quantity: number,
  orderId: string,
  atMs: number,
  switches: SwitchValues,
): void {
  subscription.lots.push({
    quantity,
    addedAt: atMs,
    removableUntil: removableUntil(subscription, atMs, switches),
    orderId,
  });
}

/** All seats become one batch: renewal, or the begin of an extended service term. */
export function resetLots(subscription: Subscription, orderId: string, atMs: number, switches: SwitchValues): void {
  subscription.lots = [];
  addLot(subscription, subscription.resource.quantity, orderId, atMs, switches);
}

/** Takes seats out of the batches that may still be given back; the caller has checked that there are enough. */
export function removeFromLots(
  subscription: Subscription,
  quantity: number,
  nowMs: number,
  switches: SwitchValues,
): void {
  const sign = switches.seatRemovalOrder === "newestFirst" ? -1 : 1;
  const open = removableLots(subscription.lots, nowMs).sort((left, right) => sign * (left.addedAt - right.addedAt));
  let left = quantity;
  for (const lot of open) {
    const taken = Math.min(lot.quantity, left);
    lot.quantity -= taken;
    left -= taken;
  }
  subscription.lots = subscription.lots.filter((lot) => lot.quantity > 0);
}

function removableUntil(subscription: Subscription, atMs: number, switches: SwitchValues): number {
  if (subscription.extendedServiceTerm) return switches.extendedTermSeatDecrease ? Infinity : 0;
  const windowMs = decreaseWindowMs(familyOf(subscription), subscription.resource.isTrial);
  return windowMs === 0 ? 0 : atMs + windowMs;
}
