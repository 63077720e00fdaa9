import type { Offers } from "../subscriptions/offers";
import {
  adjustSchedule,
  scheduledProducts,
  type RenewalSchedule,
  type ScheduledProduct,
} from "../subscriptions/renewal-schedule";

/** Larger ones than any real one: an attempt keeps a copy, and saving must not fail after a purchase. */
const MAX_CHARS = 10_000;

/** Seats of the subscription when the schedule was saved, and when it is set again. */
export interface SeatsMoved {
  from: number;
  to: number;
}

/**
 * The seats a schedule names, for another number of seats than it was made for (product.md §6.7.4). More seats are on
 * top of what was scheduled. Fewer seats count towards a scheduled decrease, and a scheduled increase stands. In doubt
 * more: seats too many can be given back in the window that the renewal opens, seats too few cost people their service.
 */
function rescheduledSeats(scheduled: number, { from, to }: SeatsMoved, { limits }: Pick<Offers, "limits">): number {
  const wanted = to >= from ? scheduled + (to - from) : scheduled > from ? scheduled : Math.min(scheduled, to);
  return Math.max(1, limits?.minimum ?? 1, Math.min(wanted, limits?.maximum ?? wanted));
}

/** The saved schedule as it is to be set again: seats recomputed, availabilities that are sold today. */
export function restoredSchedule(schedule: RenewalSchedule, moved: SeatsMoved, offers: Offers): RenewalSchedule {
  return adjustSchedule(schedule, {
    seats: (seats) => rescheduledSeats(seats, moved, offers),
    availabilityId: (product) => planFor(product, offers) ?? product.availabilityId,
  });
}

/** Why this schedule cannot be set again after a change of seats; undefined when nothing is known against it. */
export function whyNotRestorable(schedule: RenewalSchedule, moved: SeatsMoved, offers: Offers): string | undefined {
  if (JSON.stringify(restoredSchedule(schedule, moved, offers)).length > MAX_CHARS) return "it is too large to keep.";
  const gone = scheduledProducts(schedule).find((product) => planFor(product, offers) === undefined);
  return gone && `Microsoft does not sell ${gone.sku} for ${gone.term}, billed ${gone.billingCycle}, any more.`;
}

/** The availability to name: the scheduled one while it is sold, else today's for the same term and billing. */
function planFor(product: ScheduledProduct, { plans }: Offers): string | undefined {
  const fitting = plans.filter(
    (plan) =>
      plan.sku === product.sku &&
      plan.term.toLowerCase() === product.term.toLowerCase() &&
      plan.billingCycle.toLowerCase() === product.billingCycle.toLowerCase(),
  );
  const same = fitting.find(({ availabilityId }) => availabilityId === product.availabilityId);
  return (same ?? fitting[0])?.availabilityId;
}
