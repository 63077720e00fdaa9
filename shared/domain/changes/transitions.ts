import { AppError } from "../../errors";
import type { Attempt, Change, ChangeState, Lane, ParkedReason, SeatBatch } from "./change";
import type { LedgerSettings } from "./ledger-settings";

/**
 * How a change moves. Each function is pure: the row and what was observed in, the next row out. What they return says
 * what happens to the lane and when the next message is due; `apply-change.ts` stores it in one transaction.
 */
export interface Transition {
  change: Change;
  /** What becomes of the lane: opened for the next change, with the quantity that was verified, if one was. */
  lane: "keep" | { take: true } | { free: true; verifiedQuantity?: number };
  /** When the next message about this change is to arrive; absent when none is needed. */
  wakeAt?: Date;
  audit: { action: string; result: "success" | "failure"; errorCode?: string; reason?: string };
}

/** Longest texts kept from an answer: saving after a payment must not fail on a size limit. */
const MAX_TEXT = 1000;
export function cut(text: string): string {
  return text.slice(0, MAX_TEXT);
}

export function claimed(change: Change): Change {
  const { dueAt: _dueAt, parkedReason: _parked, ...rest } = change;
  return { ...rest, state: "Purchasing", claims: change.claims + 1 };
}

/** The intent of a write, before it is sent. Reuses the request id only where Microsoft may not have answered it. */
export function withIntent(
  change: Change,
  facts: {
    from: number;
    to: number;
    requestId: string;
    correlationId: string;
    readAt: Date;
    seenBatches?: SeatBatch[];
    seenOrderIds: string[];
    etag?: string;
  },
  now: Date,
  settings: LedgerSettings,
): Change {
  const attempts = change.steps.flatMap((step) => step.attempts);
  const last = attempts.at(-1);
  const attempt: Attempt = {
    number: attempts.length + 1,
    from: facts.from,
    to: facts.to,
    requestId: last && mayReuseRequestId(last, facts.to) ? last.requestId : facts.requestId,
    correlationIds: [facts.correlationId],
    resellerId: change.resellerId,
    readAt: facts.readAt.toISOString(),
    ...(facts.seenBatches ? { seenBatches: facts.seenBatches } : {}),
    seenOrderIds: facts.seenOrderIds,
    ...(facts.etag ? { etag: facts.etag } : {}),
    openedAt: now.toISOString(),
    sendBy: new Date(now.getTime() + settings.sendWindowMs).toISOString(),
    state: "open",
    looks: 0,
  };
  const step = change.steps[0] ?? { kind: "write" as const, state: "open" as const, attempts: [] };
  return { ...change, steps: [{ ...step, attempts: [...step.attempts, attempt] }, ...change.steps.slice(1)] };
}

/** Same id only while the last attempt had no answer, 408 or 5xx, and asked for the same (change ledger §4). */
function mayReuseRequestId(last: Attempt, to: number): boolean {
  const status = last.answer?.status;
  const unanswered = last.answer === undefined || last.answer.kind === "unknown";
  return unanswered && last.to === to && (status === undefined || status === 408 || status >= 500);
}

/** Nothing was sent: the read said the target is reached already. */
export function unchanged(change: Change, quantity: number, now: Date): Transition {
  const outcome = {
    at: now.toISOString(),
    code: "unchanged",
    message: "The subscription already had this number of seats.",
    quantityBefore: quantity,
    quantityAfter: quantity,
  };
  return {
    change: { ...change, state: "Completed", outcome },
    lane: { free: true, verifiedQuantity: quantity },
    audit: { action: "change.completed", result: "success" },
  };
}

/** It cannot be done, and nothing was. */
export function failed(change: Change, code: string, message: string, now: Date, microsoftCode?: string): Transition {
  return {
    change: {
      ...change,
      state: "PurchaseFailed",
      outcome: {
        at: now.toISOString(),
        code,
        message: cut(message),
        ...(microsoftCode ? { microsoftCode: cut(microsoftCode) } : {}),
      },
    },
    lane: { free: true },
    audit: { action: "change.failed", result: "failure", errorCode: code },
  };
}

/** Waits without failing: write mode, sign-in, throttling, caps. */
export function parked(change: Change, reason: ParkedReason, now: Date, waitMs: number): Transition {
  const wakeAt = new Date(now.getTime() + waitMs);
  return {
    change: { ...change, state: "PendingPurchase", parkedReason: reason, dueAt: wakeAt.toISOString() },
    lane: { free: true },
    wakeAt,
    audit: { action: "change.parked", result: "success", errorCode: reason },
  };
}

/** Tries again later because something of ours or Microsoft's did not work before anything was sent. */
export function postponed(change: Change, why: string, now: Date, waitMs: number): Transition {
  const wakeAt = new Date(now.getTime() + waitMs);
  const { parkedReason: _parked, ...rest } = change;
  return {
    change: { ...rest, state: "PendingPurchase", dueAt: wakeAt.toISOString() },
    lane: { free: true },
    wakeAt,
    audit: { action: "change.postponed", result: "success", errorCode: why },
  };
}

const CANCELLABLE: readonly ChangeState[] = ["PendingApproval", "PendingPurchase", "Scheduled", "PurchaseFailed"];

/** True while a change may be given up: nothing of it is or may be outstanding at Microsoft (change ledger §3). */
function mayBeCancelled({ state }: Pick<Change, "state">): boolean {
  return CANCELLABLE.includes(state);
}

/**
 * Given up, by somebody or because its connection goes; `why.code` is a code of ours, such as `connectionRemoved`, and
 * `why.message` says it to people. Throws `notPending` in a state that cannot be cancelled.
 */
export function cancelled(change: Change, why: { code: string; message: string }, now: Date): Transition {
  if (!mayBeCancelled(change)) {
    throw new AppError("conflict", "notPending", `The change is ${change.state} and cannot be cancelled.`);
  }
  const { dueAt: _dueAt, parkedReason: _parked, ...rest } = change;
  const outcome = { at: now.toISOString(), code: why.code, message: cut(why.message) };
  return {
    change: { ...rest, state: "Cancelled", outcome },
    lane: { free: true },
    audit: { action: "change.cancel", result: "success", reason: why.code },
  };
}

/** The lane after a change let go of it. */
export function freedLane(lane: Lane, verifiedQuantity: number | undefined, now: Date): Lane {
  const { changeId: _holder, ...rest } = lane;
  return verifiedQuantity === undefined ? rest : { ...rest, verifiedQuantity, verifiedAt: now.toISOString() };
}
