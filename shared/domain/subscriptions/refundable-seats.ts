import type { Subscription } from "./subscription";

/** Seats that can be given back at one moment. */
export interface RefundableSeats {
  quantity: number;
  /** When the first of them can no longer be; absent without an end, or when there are none. */
  until?: Date;
}

/**
 * How many seats Microsoft takes back at `now`: what it says in total, less the batches whose window has closed since
 * (fact sheet §5). Never computed from dates of purchase. Where Microsoft says nothing, none.
 */
export function refundableSeats({ refundable }: Pick<Subscription, "refundable">, now: Date): RefundableSeats {
  if (!refundable) return { quantity: 0 };
  const isClosed = ({ allowedUntil }: { allowedUntil: Date }): boolean => allowedUntil <= now;
  const closed = refundable.batches.filter(isClosed).reduce((sum, { quantity }) => sum + quantity, 0);
  const quantity = Math.max(0, refundable.total - closed);
  const open = refundable.batches.filter((batch) => !isClosed(batch) && batch.quantity > 0);
  const until = Math.min(...open.map(({ allowedUntil }) => allowedUntil.getTime()));
  return quantity > 0 && Number.isFinite(until) ? { quantity, until: new Date(until) } : { quantity };
}
