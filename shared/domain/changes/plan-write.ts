import type { Subscription } from "../subscriptions/subscription";
import type { ReadSubscription } from "../subscriptions/subscription-source";
import { sendsSoFar, type Change, type Lane, type SeatBatch } from "./change";
import type { LedgerSettings } from "./ledger-settings";
import { planChange } from "./plan-change";
import { failed, postponed, unchanged, withIntent, type Transition } from "./transitions";

/** What a write rests on. */
export interface Seen {
  read: ReadSubscription;
  orderIds: string[];
  /** By our own clock: how old the read is when the write is planned on it. */
  seenAt: Date;
}

/** What a claim makes of what was read: the intent of a write, or the end or the pause of the change. Pure. */
export function planWrite(
  change: Change,
  lane: Lane,
  seen: Seen,
  ids: { requestId: string; correlationId: string },
  now: Date,
  settings: LedgerSettings,
): Transition {
  const { subscription, readAt } = seen.read;
  const isOld = now.getTime() - seen.seenAt.getTime() > settings.sendWindowMs;
  if (isOld || isStale(lane, subscription.quantity, now, settings)) {
    return postponed(change, "staleRead", now, settings.backoffBaseMs);
  }
  const plan = planChange(change.ask, subscription);
  if (plan.kind === "refused") return failed(change, plan.code, plan.message, now);
  if (plan.kind === "unchanged") return unchanged(change, plan.quantity, now);
  if (sendsSoFar(change) >= settings.maxSends) {
    const message = `Microsoft did not carry out the change in ${settings.maxSends} tries.`;
    return failed(change, "attemptsUsedUp", message, now);
  }
  const facts = {
    from: plan.from,
    to: plan.to,
    ...ids,
    readAt,
    ...seenBatchesOf(subscription),
    seenOrderIds: seen.orderIds,
    ...(subscription.etag ? { etag: subscription.etag } : {}),
  };
  const next = withIntent(change, facts, now, settings);
  return { change: next, lane: "keep", audit: { action: "change.intent", result: "success" } };
}

function seenBatchesOf({ refundable }: Subscription): { seenBatches?: SeatBatch[] } {
  if (!refundable) return {};
  return {
    seenBatches: refundable.batches.map(({ quantity, allowedUntil }) => ({
      quantity,
      allowedUntil: allowedUntil.toISOString(),
    })),
  };
}

/** The read contradicts what we verified a moment ago: Microsoft's reads lag behind its writes. */
function isStale(lane: Lane, quantity: number, now: Date, settings: LedgerSettings): boolean {
  if (lane.verifiedQuantity === undefined || lane.verifiedAt === undefined) return false;
  return quantity !== lane.verifiedQuantity && now.getTime() < Date.parse(lane.verifiedAt) + settings.settleDelayMs;
}
