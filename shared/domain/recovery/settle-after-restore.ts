import { attemptIds } from "../changes/attempt-ids";
import { isFinal, openAttempt, type Attempt, type Change, type Lane, type Step } from "../changes/change";
import { failed, stepDone } from "../changes/end-change";
import { settle } from "../changes/settle-attempt";
import { cut, withoutWait, type Transition } from "../changes/transitions";
import type { FoundRecord } from "./found-record";
import type { Recovery } from "./recovery-state";

/*
 * What a reconciliation makes of a change (ADR 15). Pure, as the worker's own transitions are.
 */

/** Message numbers that the time after the backup may have used: a number is never used twice (change ledger §6). */
const LOST_MESSAGES = 1_000;

/** Microsoft carried it out after the backup: it is done, and is not sent again. */
export function foundAfterRestore(
  change: Change,
  lane: Lane,
  { number, record }: FoundRecord,
  known: { recovery: Pick<Recovery, "backup" | "restoredAt">; quantity: number | undefined; isScheduleLost: boolean },
  now: Date,
): Transition {
  const applied = appliedAttempt(change, { number, record }, now);
  const { outcome: _former, ...rest } = withAttempt(withoutOpen(change, number, now), applied);
  const marked = { ...rest, recovery: mark(known.recovery, "found", now) };
  const details = { backup: known.recovery.backup, attempt: number, record: record.id };
  const audit = { action: "change.foundAfterRestore", result: "success", details } as const;
  const transition = stepDone(marked, applied, now);
  const { outcome } = transition.change;
  if (!outcome) return withLane(transition, lane, audit, now);
  const lost = known.isScheduleLost ? " What was scheduled for the renewal is not there any more." : "";
  const message = cut(`${outcome.message} Found in Microsoft's records after a restore.${lost}`);
  const schedule = known.isScheduleLost ? { schedule: "notRestored" as const } : {};
  const quantity = known.quantity === undefined ? {} : { verifiedQuantity: known.quantity };
  return {
    ...transition,
    change: { ...transition.change, outcome: { finding: "foundAfterRestore", ...outcome, ...schedule, message } },
    lane: { free: true, ...quantity },
    audit: outcome.finding === undefined ? audit : transition.audit,
  };
}

/** Nothing happened to it since the backup: it goes on as it is, under message numbers that were never used. */
export function keptAfterRestore(
  change: Change,
  recovery: Pick<Recovery, "backup" | "restoredAt">,
  now: Date,
): Transition {
  const taken = change.recovery?.became === "held" ? withoutReview(change) : change;
  const goesOn = (taken.state === "PendingPurchase" && taken.released) || taken.state === "Purchasing";
  return {
    change: { ...taken, enqueued: change.enqueued + LOST_MESSAGES, recovery: mark(recovery, "kept", now) },
    lane: taken !== change && taken.state === "PendingPurchase" ? { free: true } : "keep",
    ...(goesOn ? { wakeAt: now } : {}),
    audit: { action: "change.keptAfterRestore", result: "success", details: { backup: recovery.backup } },
  };
}

/**
 * Nobody can prove what happened to it since the backup: a person decides. It takes the lane of its subscription, so that
 * nothing is built on it; of several the oldest, and the others send nothing either. One that had failed stays so, and
 * cannot be retried.
 */
export function heldAfterRestore(
  change: Change,
  lane: Lane,
  because: string,
  recovery: Pick<Recovery, "backup" | "restoredAt">,
  now: Date,
): Transition {
  const held = { ...change, recovery: mark(recovery, "held", now) };
  const audit = { action: "change.needsReview", result: "failure", errorCode: "needsReview" } as const;
  const details = { backup: recovery.backup, because };
  if (isFinal(change.state)) return { change: held, lane: "keep", audit: { ...audit, details } };
  const outcome = { at: now.toISOString(), code: "needsReview", message: cut(because) };
  return {
    change: { ...withoutWait(held), state: "NeedsReview", outcome },
    lane: lane.changeId === undefined ? { take: true } : "keep",
    audit: { ...audit, details },
  };
}

/** Where it was before it was held: with an open write its proof goes on, else it is in line again. */
function withoutReview(change: Change): Change {
  if (change.state !== "NeedsReview") return change;
  const { outcome: _review, ...rest } = change;
  return { ...rest, state: openAttempt(change) ? "Purchasing" : "PendingPurchase" };
}

function mark(
  { backup, restoredAt }: Pick<Recovery, "backup" | "restoredAt">,
  became: NonNullable<Change["recovery"]>["became"],
  now: Date,
): NonNullable<Change["recovery"]> {
  return { backup, restoredAt, at: now.toISOString(), became };
}

/** The seats are done and the schedule is still to be set again: that needs the lane, which somebody else may hold. */
function withLane(transition: Transition, lane: Lane, audit: Transition["audit"], now: Date): Transition {
  const { change } = transition;
  if (lane.changeId === undefined || lane.changeId === change.id) return { ...transition, lane: { take: true }, audit };
  return failed(
    change,
    "subscriptionBusy",
    "another change of the subscription was under way when it was restored",
    now,
  );
}

/** The attempt as the row has it, or as Microsoft's record tells it. */
function appliedAttempt(change: Change, { number, record }: FoundRecord, now: Date): Attempt {
  const proof = { at: now.toISOString(), by: "auditRecord" as const, reference: cut(record.id) };
  const known = change.steps.flatMap((step) => step.attempts).find((attempt) => attempt.number === number);
  const { oldQuantity, newQuantity } = record;
  if (known) {
    const wasOther = oldQuantity !== undefined && oldQuantity !== known.from;
    const found = wasOther ? { found: { quantity: oldQuantity, recordId: record.id } } : {};
    return { ...known, state: "applied", proof, ...found };
  }
  const at = record.operationDate.toISOString();
  const { requestId, correlationId } = attemptIds(change, number);
  return {
    ...seatsOf(change, oldQuantity, newQuantity),
    ...{ number, requestId, correlationIds: [record.correlationId ?? correlationId], resellerId: change.resellerId },
    ...{ readAt: at, openedAt: at, sendBy: at, seenOrderIds: [], state: "applied", proof, looks: 0 },
  };
}

/** As the record tells; where it does not, as it was asked for. */
function seatsOf(
  { ask }: Change,
  oldQuantity: number | undefined,
  newQuantity: number | undefined,
): Pick<Attempt, "from" | "to"> {
  if (ask.kind === "set") return { from: oldQuantity ?? ask.expectedFrom, to: newQuantity ?? ask.to };
  const from = oldQuantity ?? Math.max(0, (newQuantity ?? 0) - ask.delta);
  return { from, to: newQuantity ?? Math.max(0, from + ask.delta) };
}

/** A later attempt was sent, so an earlier one had been proven to be without effect. */
function withoutOpen(change: Change, number: number, now: Date): Change {
  const open = openAttempt(change);
  if (!open || open.number === number) return change;
  return settle(change, { ...open, state: "notApplied", proof: { at: now.toISOString(), by: "absence" } });
}

function withAttempt(change: Change, attempt: Attempt): Change {
  const steps: Step[] = change.steps.length > 0 ? change.steps : [{ kind: "write", state: "open", attempts: [] }];
  return {
    ...change,
    steps: steps.map((step) =>
      step.kind === "write"
        ? { ...step, attempts: [...step.attempts.filter(({ number }) => number !== attempt.number), attempt] }
        : step,
    ),
  };
}
