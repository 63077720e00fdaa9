import type { Offers } from "../subscriptions/offers";
import { showsSchedule } from "../subscriptions/renewal-schedule";
import type { ReadSubscription } from "../subscriptions/subscription-source";
import { sendsSoFar, type Change, type Lane } from "./change";
import { failed, unchanged } from "./end-change";
import type { LedgerSettings } from "./ledger-settings";
import { withIntent } from "./open-intent";
import { planChange } from "./plan-change";
import { postponed, type Transition } from "./transitions";

/** What a write rests on. */
export interface Seen {
  read: ReadSubscription;
  orderIds: string[];
  offers: Offers;
  /** By our own clock: how old the read is when the write is planned on it. */
  seenAt: Date;
}

/** What a claim makes of what was read: the intent of a write, or the end or the pause of the change. Pure. */
export function planWrite(change: Change, lane: Lane, seen: Seen, now: Date, settings: LedgerSettings): Transition {
  const { subscription, readAt } = seen.read;
  const isDoubtful =
    isStale(lane, subscription.quantity, now, settings) || isStaleSchedule(change, seen, now, settings);
  if (isTooOld(seen, now, settings) || isDoubtful) {
    return postponed(change, "staleRead", now, settings.backoffBaseMs);
  }
  const plan = planChange(change.ask, subscription, { now: readAt, offers: seen.offers });
  if (plan.kind === "refused") return failed(change, plan.code, plan.message, now);
  if (plan.kind === "unchanged") return unchanged(change, plan.quantity, now);
  if (sendsSoFar(change) >= settings.maxSends) {
    const message = `Microsoft did not carry out the change in ${settings.maxSends} tries.`;
    return failed(change, "attemptsUsedUp", message, now);
  }
  const next = withIntent(change, { from: plan.from, to: plan.to }, seen, now, settings);
  return { change: next, lane: "keep", audit: { action: "change.intent", result: "success" } };
}

/** A worker slept between its read and its plan. */
export function isTooOld({ seenAt }: Seen, now: Date, settings: LedgerSettings): boolean {
  return now.getTime() - seenAt.getTime() > settings.sendWindowMs;
}

/**
 * Another schedule than the one saved a moment ago: somebody has changed it, or this read is older. Waiting tells, and
 * an older schedule is never set again in place of a newer one.
 */
function isStaleSchedule({ savedSchedule }: Change, { read }: Seen, now: Date, settings: LedgerSettings): boolean {
  const { schedule } = read.subscription;
  if (!savedSchedule || !schedule || showsSchedule(schedule, savedSchedule.schedule)) return false;
  return now.getTime() < Date.parse(savedSchedule.savedAt) + settings.settleDelayMs;
}

/** The read contradicts what we verified a moment ago: Microsoft's reads lag behind its writes. */
function isStale(lane: Lane, quantity: number, now: Date, settings: LedgerSettings): boolean {
  if (lane.verifiedQuantity === undefined || lane.verifiedAt === undefined) return false;
  return quantity !== lane.verifiedQuantity && now.getTime() < Date.parse(lane.verifiedAt) + settings.settleDelayMs;
}
