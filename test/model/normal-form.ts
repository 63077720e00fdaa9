import { isFinal, sendsSoFar, type Attempt, type Change, type Lane } from "../../shared/domain/changes/change";
import { NEWEST } from "./parts";
import { NOW, TICK, type Limits } from "./scope";

/*
 * Rows that no rule can tell apart are made one. Each reduction names what makes it sound: what the left-out part could
 * be compared with. A row in normal form is a row like any other, and the ledger's functions are called on it.
 */

/** A worker's read counts as the newest look at its attempt, or as none: `looks` is only compared for being the same. */
export const LOOKS = 1;

export function timeOf(age: number): string {
  return new Date(NOW.getTime() - age * TICK).toISOString();
}

export function ageOf(time: string | Date): number {
  return Math.round((NOW.getTime() - new Date(time).getTime()) / TICK);
}

function numberOf(change: Change): number {
  return Number(change.id);
}

/** Correlation ids tell which record is of the open write; there is one at a time for each change. */
export function correlationOf(change: Change): string {
  return `write-of-${numberOf(change)}`;
}

/** The age of `sendBy` after which no rule asks how long ago it was: everything is settled, and patience at its end. */
export function oldestSendBy({ call, settle }: Limits): number {
  return call + 2 * settle;
}

/** A row as of `shift` steps later, in normal form. */
export function normalRow(row: Change, limits: Limits, shift = 0): Change {
  if (isFinal(row.state)) return endedRow(row);
  // Why it waits is told to people.
  const { dueAt, parkedReason: _parked, outcome, ...rest } = row;
  const steps = row.steps.map((step) => ({
    kind: step.kind,
    state: step.state,
    attempts: normalAttempts(step.attempts, row, limits, shift),
  }));
  return sortedByName({
    ...rest,
    // Numbers of messages and claims are only compared with those somebody saw: these are the newest.
    enqueued: NEWEST,
    claims: NEWEST,
    // Asked for: is it over? Never: how long ago?
    enqueuedAt: timeOf(Math.min(0, ageOf(row.enqueuedAt) + shift)),
    ...(dueAt === undefined ? {} : { dueAt: timeOf(Math.min(1, ageOf(dueAt) + shift)) }),
    ...(outcome === undefined ? {} : { outcome: { at: timeOf(0), code: outcome.code, message: "" } }),
    steps,
  });
}

/** Of a change that is over, only how it ended is asked. */
function endedRow(row: Change): Change {
  const { dueAt: _dueAt, parkedReason: _parked, outcome, ...rest } = row;
  const how = outcome && { outcome: { at: timeOf(0), code: outcome.code, message: "" } };
  return sortedByName({ ...rest, enqueued: NEWEST, claims: NEWEST, enqueuedAt: timeOf(0), steps: [], ...how });
}

/**
 * Settled attempts count (`sendsSoFar`) or do not; nothing else is asked of them but the request id, whose reuse
 * decides nothing here: Microsoft is taken not to know ids it has seen.
 */
function normalAttempts(attempts: readonly Attempt[], row: Change, limits: Limits, shift: number): Attempt[] {
  const counts = (attempt: Attempt): boolean =>
    sendsSoFar({ ...row, steps: [{ kind: "write", state: "open", attempts: [attempt] }] }) > 0;
  const counted = attempts.filter((attempt) => attempt.state !== "notApplied" || counts(attempt));
  return counted.map((attempt, index): Attempt => {
    const { from, to, resellerId, state } = attempt;
    const same = { number: index + 1, requestId: "request", correlationIds: [correlationOf(row)], resellerId };
    const none = { seenOrderIds: [], openedAt: timeOf(0) };
    if (state !== "open") {
      return { ...same, ...none, from: 0, to: 0, readAt: timeOf(0), sendBy: timeOf(0), state, looks: LOOKS };
    }
    const sendBy = timeOf(Math.min(oldestSendBy(limits), ageOf(attempt.sendBy) + shift));
    const look = attempt.nextLookAt === undefined ? 0 : ageOf(attempt.nextLookAt) + shift;
    return {
      ...{ ...same, ...none, from, to, readAt: timeOf(ageOf(attempt.readAt) + shift), sendBy, state, looks: LOOKS },
      // Asked for: is it still ahead?
      ...(look < 0 ? { nextLookAt: timeOf(look) } : {}),
    };
  });
}

/** The lane `shift` steps later. A verified number counts until the settle delay is over. */
export function normalLane(lane: Lane, { settle }: Limits, shift = 0): Lane {
  const { changeId, verifiedQuantity, verifiedAt } = lane;
  const age = verifiedAt === undefined ? settle : ageOf(verifiedAt) + shift;
  return {
    ...(changeId === undefined ? {} : { changeId }),
    ...(age < settle && verifiedQuantity !== undefined ? { verifiedQuantity, verifiedAt: timeOf(age) } : {}),
  };
}

function sortedByName(row: Change): Change {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))) as Change;
}
