import type { Head } from "../decisions/head";
import { currentStep, openAttempt, type Attempt, type Change, type Lane } from "./change";
import type { WriteOutcome } from "./classify-write";
import type { LedgerSettings } from "./ledger-settings";
import { planRestore } from "./plan-restore";
import { planWrite, type Seen } from "./plan-write";
import { afterAnswer, afterVerdict, unreadable } from "./settle-attempt";
import { claimed, parked, type Transition } from "./transitions";
import { weighEvidence, type Evidence } from "./weigh-evidence";
import { weighRestore } from "./weigh-restore";
import { writesAllowed, type WriteMode } from "./write-mode";

/*
 * What a worker decides inside a transaction, on the rows as they are then: another worker may have been there since it
 * looked. Pure; undefined means that there is nothing to store. The explorer (`test/model`) drives these very functions.
 */

/** The moment of a decision: what its transaction rests on beside the change and its lane. */
export interface Moment {
  head: Pick<Head, "connection" | "writeMode">;
  mode: WriteMode;
  now: Date;
  settings: LedgerSettings;
}

/** A message that came too early is written again for later; an older one knows that the newest is still to come. */
export function decideWait(change: Change, n: number, until: Date): Transition | undefined {
  if (change.enqueued !== n) return undefined;
  return { change, lane: "keep", wakeAt: until, audit: { action: "change.waits", result: "success" } };
}

/** Takes the subscription's lane and marks the change Purchasing; parks it while writes are off. */
export function decideClaim(change: Change, lane: Lane, moment: Moment): Transition | undefined {
  const { head, mode, now, settings } = moment;
  const isDue = change.dueAt === undefined || Date.parse(change.dueAt) <= now.getTime();
  if (change.state !== "PendingPurchase" || !change.released || !isDue) return undefined;
  if (head.connection !== "Connected") return undefined;
  if (!writesAllowed(mode, head)) return parked(change, "writesOff", now, settings.parkPauseMs);
  // Whoever frees the lane wakes the oldest change that waits for it.
  if (lane.changeId !== undefined && lane.changeId !== change.id) return undefined;
  return { change: claimed(change), lane: { take: true }, audit: { action: "change.claimed", result: "success" } };
}

/** A worker that slept through its own claim finds a higher number, and its read is worth nothing any more. */
export function holdsIdleClaim(change: Change, lane: Lane, claim: number): boolean {
  if (change.state !== "Purchasing" || change.claims !== claim) return false;
  return lane.changeId === change.id && openAttempt(change) === undefined;
}

/** What a claim makes of what was read under it: mostly the intent of a write. */
export function decideIntent(
  change: Change,
  lane: Lane,
  read: { claim: number; seen: Seen },
  moment: Moment,
): Transition | undefined {
  const { head, mode, now, settings } = moment;
  if (!holdsIdleClaim(change, lane, read.claim)) return undefined;
  if (!writesAllowed(mode, head)) return parked(change, "writesOff", now, settings.parkPauseMs);
  return currentStep(change)?.kind === "restoreSchedule"
    ? planRestore(change, read.seen, now, settings)
    : planWrite(change, lane, read.seen, now, settings);
}

/** What the answer to a write makes of the change, while that write is the open one: a successor may have proved it. */
export function decideAnswer(
  change: Change,
  attemptNumber: number,
  outcome: WriteOutcome,
  { now, settings }: Pick<Moment, "now" | "settings">,
): Transition | undefined {
  return openAttempt(change)?.number === attemptNumber ? afterAnswer(change, outcome, now, settings) : undefined;
}

/** What the evidence about a write makes of the change, or the reason why there is none; unless somebody looked since. */
export function decideProof(
  change: Change,
  attempt: Pick<Attempt, "number" | "looks">,
  evidence: Evidence | string,
  { now, settings }: Pick<Moment, "now" | "settings">,
): Transition | undefined {
  const open = openAttempt(change);
  if (open?.number !== attempt.number || open.looks !== attempt.looks) return undefined;
  if (typeof evidence === "string") return unreadable(change, evidence, now, settings);
  const weigh = open.schedule ? weighRestore : weighEvidence;
  return afterVerdict(change, weigh(open, evidence, settings), now, settings);
}
