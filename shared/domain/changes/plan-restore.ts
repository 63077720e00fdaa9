import { showsSchedule } from "../subscriptions/renewal-schedule";
import { scheduleToRestore, sendsSoFar, writtenAttempt, type Change } from "./change";
import { failed, replacedByOthers, stepDone } from "./end-change";
import type { LedgerSettings } from "./ledger-settings";
import { withIntent } from "./open-intent";
import { isTooOld, type Seen } from "./plan-write";
import { restoredSchedule } from "./restored-schedule";
import { postponed, type Transition } from "./transitions";

/**
 * What is to be done about the renewal schedule after our write deleted it, on the subscription as just read: set it
 * again with its seats recomputed, or nothing, because it is there or cannot be. Setting it twice does no harm; what
 * would is the rest of the body, which carries the seats: hence the same fence, proof and guards as for seats. Pure.
 */
export function planRestore(change: Change, seen: Seen, now: Date, settings: LedgerSettings): Transition {
  const saved = scheduleToRestore(change);
  const { subscription } = seen.read;
  if (!saved) throw new Error("There is no schedule to set again.");
  if (isTooOld(seen, now, settings) || isBeforeOurWrite(change, subscription.quantity, now, settings)) {
    return postponed(change, "staleRead", now, settings.backoffBaseMs);
  }
  const seats = { from: saved.quantity, to: subscription.quantity };
  const schedule = restoredSchedule(saved.schedule, seats, seen.offers);
  const { schedule: shown, status, autoRenew, quantity } = subscription;
  if (showsSchedule(shown, schedule)) return stepDone(change, undefined, now);
  if (status !== "active") return failed(change, "notActive", `The subscription is ${status} by now.`, now);
  if (autoRenew !== saved.autoRenew) {
    const message = `Somebody switched the automatic renewal ${autoRenew ? "on" : "off"}, which voids it.`;
    return failed(change, "autoRenewChanged", message, now);
  }
  // What Microsoft kept of the old one, a trial's conversion for instance, is ours to adjust.
  if (shown && !showsSchedule(shown, saved.schedule)) return replacedByOthers(change, now);
  if (sendsSoFar(change) >= settings.maxSends) {
    return failed(change, "attemptsUsedUp", `Microsoft did not accept it in ${settings.maxSends} tries.`, now);
  }
  const next = withIntent(change, { from: quantity, to: quantity, schedule }, seen, now, settings);
  return { change: next, lane: "keep", audit: { action: "change.intent", result: "success" } };
}

/** Shows the seats from before our write, while reads may still lag behind it: sending those back would undo it. */
function isBeforeOurWrite(change: Change, quantity: number, now: Date, settings: LedgerSettings): boolean {
  const written = writtenAttempt(change);
  if (!written || quantity === written.to) return false;
  const provenAt = Date.parse(written.proof?.at ?? written.openedAt);
  return now.getTime() < provenAt + settings.settleDelayMs;
}
