import { AppError } from "../../errors";
import { openAttempt, writtenAttempt, type Change, type Intervention } from "./change";
import { stepDone } from "./end-change";
import { fenceEnd, type LedgerSettings } from "./ledger-settings";
import { afterVerdict, settle } from "./settle-attempt";
import { cancelled, cut, type Transition } from "./transitions";

/*
 * What a person makes of a change that the worker cannot or must not go on with (change ledger §3). Pure, as the
 * worker's own transitions are; each throws when the state does not allow it.
 */

/** Who acts, and why they say they do. */
export interface Operator {
  name: string;
  reason: string | undefined;
}

/** Rows have a limit, and nobody reads further back; the audit log keeps everything. */
const MAX_INTERVENTIONS = 100;

/**
 * The operator's word about a change in review takes the place of the proof that could not be had. `applied`: the open
 * write is done, and the change goes on or ends. `notApplied`: it had no effect, and the change is tried again. Either
 * way the lane is let go of. Throws `notInReview`, and `writeInFlight` while the write may still be on the wire.
 */
export function resolved(
  change: Change,
  finding: "applied" | "notApplied",
  by: Operator,
  now: Date,
  settings: LedgerSettings,
): Transition {
  requireReview(change);
  requireFencePassed(change, now, settings);
  const noted = noting(change, { action: "resolve", finding }, by, now);
  const transition = finding === "applied" ? takenAsDone(noted, by, now, settings) : takenAsNotDone(noted, by, now);
  return audited(transition, "change.resolve", by);
}

/**
 * Reads the evidence once more, through the queue: Microsoft's records may have arrived. A change with nothing
 * outstanding has nothing to prove, so it is simply taken up again. Throws `notInReview`, and `reconcileRequired` for one that a restore brought back and nobody could prove.
 */
export function lookedAgain(change: Change, by: Operator, now: Date): Transition {
  requireReview(change);
  requireProven(change);
  const noted = noting(change, { action: "lookAgain" }, by, now);
  const attempt = openAttempt(noted);
  if (!attempt) return audited(takenUp(noted, now), "change.lookAgain", by);
  const { nextLookAt: _due, ...due } = attempt;
  const { outcome: _review, ...rest } = settle(noted, due);
  const looking = { ...rest, state: "Purchasing" as const };
  return audited({ change: looking, lane: "keep", wakeAt: now, audit: SUCCESS }, "change.lookAgain", by);
}

/** Gives a change up that waits or has failed. Throws `notPending`. */
export function cancelledBy(change: Change, by: Operator, now: Date): Transition {
  const message = by.reason === undefined ? `Cancelled by ${by.name}.` : `Cancelled by ${by.name}: ${by.reason}`;
  const noted = noting(change, { action: "cancel" }, by, now);
  return audited(cancelled(noted, { code: "cancelled", message }, now), "change.cancel", by);
}

/** Takes a change that failed up again, released and with a fresh budget of tries. Throws `wrongState`, `reconcileRequired`. */
export function retried(change: Change, by: Operator, now: Date): Transition {
  if (change.state !== "PurchaseFailed" || openAttempt(change)) {
    throw new AppError("conflict", "wrongState", `The change is ${change.state}; only a failed one can be retried.`);
  }
  requireProven(change);
  const noted = noting(change, { action: "retry" }, by, now);
  return audited(takenUp({ ...noted, retriedAt: now.toISOString() }, now), "change.retry", by);
}

const SUCCESS = { action: "", result: "success" } as const;

function audited(transition: Transition, action: string, by: Operator): Transition {
  const reason = by.reason === undefined ? {} : { reason: by.reason };
  const { errorCode } = transition.audit;
  return { ...transition, audit: { action, result: "success", ...(errorCode ? { errorCode } : {}), ...reason } };
}

function requireReview({ state }: Change): void {
  if (state === "NeedsReview") return;
  throw new AppError("conflict", "notInReview", `The change is ${state}; nobody has to decide about it.`);
}

/** It may have been carried out between a backup and its restore; sent again it might be bought twice. */
function requireProven({ recovery }: Change): void {
  if (recovery?.became !== "held") return;
  const what = `Nobody knows what happened to it after the backup ${recovery.backup} was taken.`;
  throw new AppError("conflict", "reconcileRequired", `${what} Run \`npm run reconcile\`, or say what became of it.`);
}

/** Nobody may conclude anything about a write, nor free its lane, before its fence has passed (change ledger §4.7). */
function requireFencePassed(change: Change, now: Date, settings: LedgerSettings): void {
  const attempt = openAttempt(change);
  const until = attempt && fenceEnd(attempt.sendBy, settings);
  if (!until || until <= now) return;
  throw new AppError("conflict", "writeInFlight", "A write of this change may still be on its way to Microsoft.", {
    retryAfterSeconds: Math.ceil((until.getTime() - now.getTime()) / 1000),
  });
}

/** Remembers what the change was before, and starts counting dead letters anew: a person has looked. */
function noting(
  change: Change,
  what: Pick<Intervention, "action" | "finding">,
  { name, reason }: Operator,
  now: Date,
): Change {
  const { outcome, state, interventions = [] } = change;
  const before = { state, ...(outcome ? { outcome } : {}) };
  const intervention = {
    at: now.toISOString(),
    ...what,
    by: name,
    ...(reason === undefined ? {} : { reason }),
    before,
  };
  // A person's word takes the place of what a reconciliation could not prove.
  const recovery =
    change.recovery && what.action === "resolve" ? { ...change.recovery, became: "kept" as const } : change.recovery;
  return {
    ...change,
    ...(recovery ? { recovery } : {}),
    deadLetters: 0,
    interventions: [...interventions, intervention].slice(-MAX_INTERVENTIONS),
  };
}

function takenAsDone(change: Change, by: Operator, now: Date, settings: LedgerSettings): Transition {
  const { outcome: _review, ...rest } = change;
  // The seats are done and proven; the word is about the renewal schedule.
  if (!openAttempt(change)) {
    return writtenAttempt(change) ? stepDone(rest, undefined, now) : endedByWord(change, by, now);
  }
  const reference = `${by.name}: ${by.reason ?? ""}`;
  const verdict = { kind: "applied", by: "operator", reference } as const;
  const transition = afterVerdict({ ...rest, state: "Purchasing" }, verdict, now, settings);
  const { lane } = transition;
  // A word is no read: the next change must not take a read that differs from it for a stale one.
  return typeof lane === "object" && "free" in lane ? { ...transition, lane: { free: true } } : transition;
}

/** Nothing of ours is outstanding, and somebody made the change by hand. */
function endedByWord(change: Change, by: Operator, now: Date): Transition {
  const { dueAt: _dueAt, parkedReason: _parked, ...rest } = change;
  const message = `Taken as done by the word of ${by.name}; no write of ours was outstanding.`;
  return {
    change: {
      ...rest,
      state: "Completed",
      steps: change.steps.map((step) => ({ ...step, state: "done" })),
      outcome: { at: now.toISOString(), code: "applied", message: cut(message) },
    },
    lane: { free: true },
    audit: SUCCESS,
  };
}

function takenAsNotDone(change: Change, by: Operator, now: Date): Transition {
  const attempt = openAttempt(change);
  if (!attempt) return takenUp(change, now);
  const proof = { at: now.toISOString(), by: "operator" as const, reference: cut(`${by.name}: ${by.reason ?? ""}`) };
  return takenUp(settle(change, { ...attempt, state: "notApplied", proof }), now);
}

/** Back in line, released, with a message of its own at once. Once its seats are bought it goes on where it was. */
function takenUp(change: Change, now: Date): Transition {
  const { dueAt: _dueAt, parkedReason: _parked, outcome: _ended, ...rest } = change;
  const isWritten = writtenAttempt(change) !== undefined;
  return {
    change: { ...rest, state: isWritten ? "Purchasing" : "PendingPurchase", released: true },
    lane: isWritten ? "keep" : { free: true },
    wakeAt: now,
    audit: SUCCESS,
  };
}
