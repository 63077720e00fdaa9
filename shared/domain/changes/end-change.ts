import { currentStep, writtenAttempt, type Attempt, type Change, type Step } from "./change";
import { cut, withoutWait, type Transition } from "./transitions";

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
    change: { ...withoutWait(change), state: "Completed", outcome },
    lane: { free: true, verifiedQuantity: quantity },
    audit: { action: "change.completed", result: "success" },
  };
}

/**
 * It cannot be done, and nothing was. Once the seats are changed there is no failing any more: what cannot be done then
 * is setting the renewal schedule again, and the change is completed with that finding.
 */
export function failed(change: Change, code: string, message: string, now: Date, microsoftCode?: string): Transition {
  if (writtenAttempt(change)) return withoutSchedule(change, { code, message, microsoftCode }, now);
  return {
    change: {
      ...withoutWait(change),
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

/** The step in progress is done, by this attempt where there was one: on to the next step, or the end. */
export function stepDone(change: Change, applied: Attempt | undefined, now: Date): Transition {
  const done = closeStep(change, applied ? stepOf(change, applied) : currentStep(change), "done");
  if (!currentStep(done)) {
    const hasSchedule = done.steps.some(({ kind }) => kind === "restoreSchedule");
    return completed(done, now, { ...(hasSchedule ? { schedule: "restored" } : {}), applied });
  }
  return {
    change: { ...withoutWait(done), state: "Purchasing" },
    lane: "keep",
    wakeAt: now,
    audit: overwriteAudit(applied) ?? { action: "change.written", result: "success" },
  };
}

/** Somebody scheduled something else since: theirs is the newer wish, and it stays. */
export function replacedByOthers(change: Change, now: Date): Transition {
  const closed = closeStep(change, currentStep(change), "givenUp");
  const message = "Somebody scheduled another change for the renewal since, which stays as it is.";
  return completed(closed, now, { schedule: "replacedByOthers", message });
}

/** The seats are changed, the schedule is gone and is kept in the row: a person has to set it again, or let it be. */
function withoutSchedule(
  change: Change,
  { code, message, microsoftCode }: { code: string; message: string; microsoftCode: string | undefined },
  now: Date,
): Transition {
  const closed = closeStep(change, currentStep(change), "givenUp");
  const ended = completed(closed, now, {
    schedule: "notRestored",
    message: `The change that was scheduled for the renewal could not be set again: ${message}`,
    ...(microsoftCode ? { microsoftCode } : {}),
  });
  return { ...ended, audit: { action: "change.scheduleNotRestored", result: "failure", errorCode: code } };
}

interface End {
  schedule?: "restored" | "replacedByOthers" | "notRestored";
  message?: string;
  microsoftCode?: string;
  applied?: Attempt | undefined;
}

function completed(change: Change, now: Date, { schedule, message, microsoftCode, applied }: End): Transition {
  const written = writtenAttempt(change);
  if (!written) throw new Error("A change that wrote nothing cannot be completed.");
  const attempts = change.steps.flatMap((step) => step.attempts).filter(({ state }) => state === "applied");
  const sentences = attempts.flatMap((attempt) => seatsSentence(attempt)).concat(message ?? []);
  const overwrote = attempts.some(({ found }) => found !== undefined);
  return {
    change: {
      ...withoutWait(change),
      state: "Completed",
      outcome: {
        at: now.toISOString(),
        code: "applied",
        message: cut(sentences.join(" ")),
        quantityBefore: written.found?.quantity ?? written.from,
        quantityAfter: written.to,
        ...(microsoftCode ? { microsoftCode: cut(microsoftCode) } : {}),
        ...(overwrote ? { finding: "overwroteExternalChange" as const } : {}),
        ...(schedule ? { schedule } : {}),
      },
    },
    // What we wrote, not what a read shows: a stale one would be taken for the truth by the next change.
    lane: { free: true, verifiedQuantity: attempts.at(-1)?.to ?? written.to },
    audit: overwriteAudit(applied) ?? { action: "change.completed", result: "success" },
  };
}

/**
 * Microsoft's record, read after the end, tells that an answered write met other seats than it was based on. The outcome
 * then says what was there; nothing else about the change moves. `told` has the findings; `first` is one of its writes.
 */
export function overwroteAfterAll(change: Change, told: Change, first: Attempt): Transition | undefined {
  const { outcome } = change;
  const written = writtenAttempt(told);
  if (change.state !== "Completed" || !outcome || !written) return undefined;
  const before = sentencesOf(change);
  const rest = outcome.message.startsWith(before) ? outcome.message.slice(before.length) : "";
  return {
    change: {
      ...told,
      outcome: {
        ...outcome,
        message: cut(sentencesOf(told) + rest),
        quantityBefore: written.found?.quantity ?? written.from,
        finding: "overwroteExternalChange",
      },
    },
    lane: "keep",
    audit: overwriteAudit(first) ?? { action: "change.completed", result: "success" },
  };
}

function sentencesOf(change: Change): string {
  const attempts = change.steps.flatMap((step) => step.attempts).filter(({ state }) => state === "applied");
  return attempts.flatMap((attempt) => seatsSentence(attempt)).join(" ");
}

function seatsSentence({ schedule, from, to, found }: Attempt): string[] {
  if (found) {
    const who = found.userName ?? "somebody else";
    if (found.quantity === to) {
      return [
        `The seats were changed from ${from} to ${to} by ${who} between our read and our write, which changed nothing.`,
      ];
    }
    return [
      `The seats were changed from ${from} to ${found.quantity} by ${who} between our read and our write, which then set ${to}.`,
    ];
  }
  return schedule
    ? ["The change that was scheduled for the renewal was set again."]
    : [`Seats changed from ${from} to ${to}.`];
}

/** Names both: what somebody else did, and what we wrote over it. */
function overwriteAudit(applied: Attempt | undefined): Transition["audit"] | undefined {
  if (!applied?.found) return undefined;
  const { from: read, to: wrote, found } = applied;
  return {
    action: "change.overwroteExternalChange",
    result: "failure",
    errorCode: "overwroteExternalChange",
    details: { read, found, wrote },
  };
}

function stepOf(change: Change, { number }: Attempt): Step | undefined {
  return change.steps.find(({ attempts }) => attempts.some((attempt) => attempt.number === number));
}

function closeStep(change: Change, step: Step | undefined, state: "done" | "givenUp"): Change {
  return { ...change, steps: change.steps.map((one) => (one === step ? { ...one, state } : one)) };
}
