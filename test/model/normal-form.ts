import {
  isFinal,
  sendsSoFar,
  type Attempt,
  type Change,
  type Lane,
  type SavedSchedule,
  type Step,
} from "../../shared/domain/changes/change";
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
  const { dueAt, parkedReason: _parked, outcome, savedSchedule, ...rest } = row;
  return sortedByName({
    ...rest,
    // Numbers of messages and claims are only compared with those somebody saw: these are the newest.
    enqueued: NEWEST,
    claims: NEWEST,
    // Asked for: is it over? Never: how long ago?
    enqueuedAt: timeOf(Math.min(0, ageOf(row.enqueuedAt) + shift)),
    ...(dueAt === undefined ? {} : { dueAt: timeOf(Math.min(1, ageOf(dueAt) + shift)) }),
    ...(outcome === undefined ? {} : { outcome: { at: timeOf(0), code: outcome.code, message: "" } }),
    ...(savedSchedule === undefined ? {} : { savedSchedule: normalSaved(savedSchedule, limits, shift) }),
    steps: normalSteps(row, limits, shift),
  });
}

/** Of a change that is over, only how it ended is asked. */
function endedRow(row: Change): Change {
  const { dueAt: _dueAt, parkedReason: _parked, savedSchedule: _saved, outcome, ...rest } = row;
  const schedule = outcome?.schedule && { schedule: outcome.schedule };
  const how = outcome && { outcome: { at: timeOf(0), code: outcome.code, message: "", ...schedule } };
  return sortedByName({ ...rest, enqueued: NEWEST, claims: NEWEST, enqueuedAt: timeOf(0), steps: [], ...how });
}

/** A saved schedule is compared with what is read until the settle delay is over. */
function normalSaved(saved: SavedSchedule, { settle }: Limits, shift: number): SavedSchedule {
  return { ...saved, savedAt: timeOf(Math.min(settle, ageOf(saved.savedAt) + shift)) };
}

/**
 * Settled attempts count (`sendsSoFar`) or do not; nothing else is asked of them but the request id, whose reuse
 * decides nothing here: Microsoft is taken not to know ids it has seen. Numbers begin with one again.
 */
function normalSteps(row: Change, limits: Limits, shift: number): Step[] {
  let number = 0;
  return row.steps.map((step) => ({
    kind: step.kind,
    state: step.state,
    attempts: step.attempts
      .filter((attempt) => attempt.state !== "notApplied" || countsAsSend(row, attempt))
      .map((attempt) => ({ number: ++number, ...normalAttempt(attempt, row, limits, shift) })),
  }));
}

function countsAsSend(row: Change, attempt: Attempt): boolean {
  return sendsSoFar({ ...row, steps: [{ kind: "write", state: "open", attempts: [attempt] }] }) > 0;
}

function normalAttempt(attempt: Attempt, row: Change, limits: Limits, shift: number): Omit<Attempt, "number"> {
  const { from, to, resellerId, state, schedule, seenSchedule } = attempt;
  const same = { requestId: "request", correlationIds: [correlationOf(row)], resellerId, seenOrderIds: [] };
  const none = { ...same, openedAt: timeOf(0), state, looks: LOOKS };
  const seen = seenSchedule && { seenSchedule: normalSaved(seenSchedule, limits, shift) };
  switch (state) {
    case "notApplied":
      return { ...none, from: 0, to: 0, readAt: timeOf(0), sendBy: timeOf(0) };
    case "applied": {
      // What it wrote is compared with what is read until the settle delay after its proof is over.
      const age = ageOf(attempt.proof?.at ?? attempt.openedAt) + shift;
      const proof = { at: timeOf(Math.min(limits.settle, age)), by: "answer" as const };
      return { ...none, from: 0, to, readAt: timeOf(0), sendBy: timeOf(0), proof, ...seen };
    }
    case "open": {
      const sendBy = timeOf(Math.min(oldestSendBy(limits), ageOf(attempt.sendBy) + shift));
      const look = attempt.nextLookAt === undefined ? 0 : ageOf(attempt.nextLookAt) + shift;
      const readAt = timeOf(ageOf(attempt.readAt) + shift);
      return {
        ...{ ...none, from, to, readAt, sendBy, ...seen, ...(schedule ? { schedule } : {}) },
        // Asked for: is it still ahead?
        ...(look < 0 ? { nextLookAt: timeOf(look) } : {}),
      };
    }
  }
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
