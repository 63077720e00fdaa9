import { showsSchedule } from "../subscriptions/renewal-schedule";
import type { Attempt } from "./change";
import { fenceEnd, type LedgerSettings } from "./ledger-settings";
import { appliedBy, findOurs, nextLook, type Evidence, type Verdict } from "./weigh-evidence";

/**
 * Judges an open write of a renewal schedule. Unlike seats it may be proven by reading it back: what counts is that the
 * schedule is there, and setting the same one twice would change nothing. A read that shows other seats than the one the
 * write rests on may be older than it, and proves nothing until reads have settled.
 */
export function weighRestore(attempt: Attempt, evidence: Evidence, settings: LedgerSettings): Verdict {
  const { askedAt, subscription } = evidence;
  const done = findOurs(attempt, evidence).find(({ operationStatus }) => operationStatus === "succeeded");
  if (done) return appliedBy(done, attempt, evidence);
  const settledAt = new Date(fenceEnd(attempt.sendBy, settings).getTime() + settings.settleDelayMs);
  const hasSettled = askedAt >= settledAt;
  const isThere = attempt.schedule !== undefined && showsSchedule(subscription.schedule, attempt.schedule);
  if (isThere && (hasSettled || subscription.quantity === attempt.to)) {
    return { kind: "applied", by: "readBack", reference: askedAt.toISOString() };
  }
  if (!hasSettled) return { kind: "lookAgain", at: nextLook(attempt, askedAt, settledAt, settings) };
  return { kind: "notApplied" };
}
