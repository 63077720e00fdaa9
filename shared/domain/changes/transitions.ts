import { AppError } from "../../errors";
import { writtenAttempt, type Change, type ChangeState, type Lane, type ParkedReason } from "./change";

/**
 * How a change moves. Each function is pure: the row and what was observed in, the next row out. What they return says
 * what happens to the lane and when the next message is due; `save-transition.ts` stores it in one transaction.
 */
export interface Transition {
  change: Change;
  /** What becomes of the lane: opened for the next change, with the quantity that was verified, if one was. */
  lane: "keep" | { take: true } | { free: true; verifiedQuantity?: number };
  /** When the next message about this change is to arrive; absent when none is needed. */
  wakeAt?: Date;
  audit: {
    action: string;
    result: "success" | "failure";
    errorCode?: string;
    reason?: string;
    /** More of what happened, for people. */
    details?: Record<string, unknown>;
  };
}

/** Longest texts kept from an answer: saving after a payment must not fail on a size limit. */
const MAX_TEXT = 1000;
export function cut(text: string): string {
  return text.slice(0, MAX_TEXT);
}

export function claimed(change: Change): Change {
  return { ...withoutWait(change), state: "Purchasing", claims: change.claims + 1 };
}

/** Waits without failing: write mode, sign-in, throttling, caps. */
export function parked(change: Change, reason: ParkedReason, now: Date, waitMs: number): Transition {
  const waits = waiting(change, now, waitMs);
  return {
    ...waits,
    change: { ...waits.change, parkedReason: reason },
    audit: { action: "change.parked", result: "success", errorCode: reason },
  };
}

/** What a parked change waited for is there: it goes on at once. */
export function unparked(change: Change, now: Date): Transition {
  const { dueAt: _dueAt, parkedReason: _parked, ...rest } = change;
  return { change: rest, lane: "keep", wakeAt: now, audit: { action: "change.unparked", result: "success" } };
}

/** Tries again later because something of ours or Microsoft's did not work before anything was sent. */
export function postponed(change: Change, why: string, now: Date, waitMs: number): Transition {
  return {
    ...waiting(change, now, waitMs),
    audit: { action: "change.postponed", result: "success", errorCode: why },
  };
}

/**
 * Back to PendingPurchase, the lane open to others. With the seats bought and the schedule still to be set again it
 * stays Purchasing and keeps its lane: nobody may cancel it, and no other change may build on half of it.
 */
function waiting(change: Change, now: Date, waitMs: number): Omit<Transition, "audit"> {
  const wakeAt = new Date(now.getTime() + waitMs);
  const isWritten = writtenAttempt(change) !== undefined;
  return {
    change: {
      ...withoutWait(change),
      state: isWritten ? "Purchasing" : "PendingPurchase",
      dueAt: wakeAt.toISOString(),
    },
    lane: isWritten ? "keep" : { free: true },
    wakeAt,
  };
}

/** The change while it does not wait for anything. */
export function withoutWait(change: Change): Change {
  const { dueAt: _dueAt, parkedReason: _parked, ...rest } = change;
  return rest;
}

const CANCELLABLE: readonly ChangeState[] = ["PendingApproval", "PendingPurchase", "Scheduled", "PurchaseFailed"];

/** True while a change may be given up: nothing of it is or may be outstanding at Microsoft (change ledger §3). */
function mayBeCancelled(change: Change): boolean {
  return CANCELLABLE.includes(change.state) && !writtenAttempt(change);
}

/**
 * Given up, by somebody or because its connection goes; `why.code` is a code of ours, such as `connectionRemoved`, and
 * `why.message` says it to people. Throws `notPending` in a state that cannot be cancelled.
 */
export function cancelled(change: Change, why: { code: string; message: string }, now: Date): Transition {
  if (!mayBeCancelled(change)) {
    throw new AppError("conflict", "notPending", `The change is ${change.state} and cannot be cancelled.`);
  }
  const outcome = { at: now.toISOString(), code: why.code, message: cut(why.message) };
  return {
    change: { ...withoutWait(change), state: "Cancelled", outcome },
    lane: { free: true },
    audit: { action: "change.cancel", result: "success", reason: why.code },
  };
}

/** The lane after a change let go of it. */
export function freedLane(lane: Lane, verifiedQuantity: number | undefined, now: Date): Lane {
  const { changeId: _holder, ...rest } = lane;
  return verifiedQuantity === undefined ? rest : { ...rest, verifiedQuantity, verifiedAt: now.toISOString() };
}
