import { openAttempt, type Attempt, type Change } from "./change";
import { fenceEnd, type LedgerSettings } from "./ledger-settings";

/** What a worker that was handed a message about a change does next. */
export type NextStep =
  /** The message is about something that is over, not released, or unknown. */
  | { do: "nothing"; because: string }
  /** Come back at that moment. */
  | { do: "wait"; until: Date }
  | { do: "claim" }
  /** The claim is ours (or was, before a crash) and no write is open: read, plan, write. */
  | { do: "perform" }
  /** A write is open and may be judged now. */
  | { do: "prove"; attempt: Attempt };

/** Decides from the row alone; `n` is the number in the message (change ledger §4). */
export function nextStep(change: Change, n: number, now: Date, settings: LedgerSettings): NextStep {
  if (n > change.enqueued) return { do: "nothing", because: "the message is not one of this change" };
  switch (change.state) {
    case "PendingPurchase":
      return nextWhilePending(change, n, now);
    case "Purchasing":
      return nextWhilePurchasing(change, n, now, settings);
    case "PendingApproval":
    case "NeedsReview":
    case "Scheduled":
    case "Completed":
    case "PurchaseFailed":
    case "Rejected":
    case "Cancelled":
      return { do: "nothing", because: `the change is ${change.state}` };
  }
}

function nextWhilePending(change: Change, n: number, now: Date): NextStep {
  if (!change.released) return { do: "nothing", because: "nobody has released the change" };
  return waitUntilDue(change, n, now) ?? { do: "claim" };
}

function nextWhilePurchasing(change: Change, n: number, now: Date, settings: LedgerSettings): NextStep {
  const attempt = openAttempt(change);
  // Between two steps a change may have to wait too.
  if (!attempt) return waitUntilDue(change, n, now) ?? { do: "perform" };
  const at = proofTime(attempt, settings);
  return at > now ? waitOrLeave(change, n, at) : { do: "prove", attempt };
}

function waitUntilDue({ dueAt, ...change }: Change, n: number, now: Date): NextStep | undefined {
  if (dueAt === undefined || Date.parse(dueAt) <= now.getTime()) return undefined;
  return waitOrLeave(change, n, new Date(dueAt));
}

/** Only the newest message reschedules itself; an older one knows that the newest is still to come. */
function waitOrLeave(change: Pick<Change, "enqueued">, n: number, until: Date): NextStep {
  return n === change.enqueued ? { do: "wait", until } : { do: "nothing", because: "a newer message is on its way" };
}

/** When an open write may be judged: never before its fence has passed, and not before the next look is due. */
export function proofTime(attempt: Attempt, settings: LedgerSettings): Date {
  const fence = fenceEnd(attempt.sendBy, settings);
  const look = attempt.nextLookAt ? new Date(attempt.nextLookAt) : fence;
  return look > fence ? look : fence;
}
