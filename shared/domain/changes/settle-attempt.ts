import { currentStep, openAttempt, sendsSoFar, type Attempt, type Change } from "./change";
import type { WriteOutcome } from "./classify-write";
import { backoffMs, fenceEnd, type LedgerSettings } from "./ledger-settings";
import { explainRefusal } from "./microsoft-refusals";
import { failed, stepDone } from "./end-change";
import { cut, parked, postponed, type Transition } from "./transitions";
import { nextLook, type Verdict } from "./weigh-evidence";

/** What the answer to a write makes of the change. */
export function afterAnswer(change: Change, outcome: WriteOutcome, now: Date, settings: LedgerSettings): Transition {
  const attempt = openAttempt(change);
  if (!attempt) throw new Error("An answer without an open attempt.");
  const answer = { at: now.toISOString(), ...describe(outcome) };
  switch (outcome.kind) {
    case "done": {
      const applied: Attempt = { ...attempt, state: "applied", answer, proof: { at: answer.at, by: "answer" } };
      return stepDone(settle(change, applied), applied, now);
    }
    case "refused": {
      const refusal = explainRefusal(outcome.status, outcome.code, outcome.message);
      return failed(
        settle(change, { ...attempt, state: "notApplied", answer }),
        refusal.code,
        refusal.message,
        now,
        outcome.code,
      );
    }
    case "unknown": {
      const wakeAt = fenceEnd(attempt.sendBy, settings);
      const next = settle(change, { ...attempt, answer });
      return {
        change: next,
        lane: "keep",
        wakeAt,
        audit: { action: "change.unknown", result: "failure", errorCode: "unknown" },
      };
    }
    case "later":
    case "notSent":
      return backToPending(settle(change, { ...attempt, state: "notApplied", answer }), outcome, now, settings);
  }
}

function describe(outcome: WriteOutcome): NonNullable<Omit<NonNullable<Attempt["answer"]>, "at">> {
  switch (outcome.kind) {
    case "done":
      return { kind: "done" };
    case "refused":
      return { kind: "refused", status: outcome.status, code: cut(outcome.code), message: cut(outcome.message) };
    case "later":
      return { kind: "later", status: outcome.status, code: cut(outcome.code), message: outcome.why };
    case "notSent":
      return { kind: "notSent", message: outcome.why };
    case "unknown":
      return {
        kind: "unknown",
        message: cut(outcome.why),
        ...(outcome.status === undefined ? {} : { status: outcome.status }),
      };
  }
}

function backToPending(
  change: Change,
  outcome: Extract<WriteOutcome, { kind: "later" | "notSent" }>,
  now: Date,
  settings: LedgerSettings,
): Transition {
  if (outcome.kind === "later" && outcome.why === "throttled") {
    return parked(change, "throttled", now, throttlePauseMs(change, outcome.retryAfterSeconds, settings));
  }
  if (outcome.why === "signIn" || outcome.why === "resellerRevoked" || outcome.why === "secretInvalid") {
    return parked(change, "resellerNotAuthorized", now, settings.parkPauseMs);
  }
  return retryOrGiveUp(change, outcome.why, now, settings);
}

/** As long as Microsoft asked for; doubled for each time it still says no after that (fact sheet §1.7). */
function throttlePauseMs(change: Change, retryAfterSeconds: number | undefined, settings: LedgerSettings): number {
  const attempts = currentStep(change)?.attempts ?? [];
  const inARow = attempts.length - 1 - attempts.findLastIndex(({ answer }) => answer?.status !== 429);
  const asked = retryAfterSeconds === undefined ? settings.backoffBaseMs : retryAfterSeconds * 1000;
  return asked * 2 ** Math.min(Math.max(0, inARow - 1), 6);
}

function retryOrGiveUp(change: Change, why: string, now: Date, settings: LedgerSettings): Transition {
  const sends = sendsSoFar(change);
  if (sends >= settings.maxSends) {
    return failed(
      change,
      "attemptsUsedUp",
      `Microsoft did not carry out the change in ${sends} tries; the last said: ${why}.`,
      now,
    );
  }
  return postponed(change, why, now, backoffMs(sends, settings));
}

/** What the evidence about an open write makes of the change (change ledger §5). */
export function afterVerdict(change: Change, verdict: Verdict, now: Date, settings: LedgerSettings): Transition {
  const attempt = openAttempt(change);
  if (!attempt) throw new Error("A verdict without an open attempt.");
  const at = now.toISOString();
  switch (verdict.kind) {
    case "applied": {
      const proof = { at, by: verdict.by, reference: cut(verdict.reference) };
      const found = verdict.found ? { found: verdict.found } : {};
      const applied: Attempt = { ...attempt, state: "applied", proof, ...found };
      return stepDone(settle(change, applied), applied, now);
    }
    case "notApplied":
      return retryOrGiveUp(
        settle(change, { ...attempt, state: "notApplied", proof: { at, by: "absence" } }),
        "notApplied",
        now,
        settings,
      );
    case "lookAgain": {
      const next = settle(change, { ...attempt, looks: attempt.looks + 1, nextLookAt: verdict.at.toISOString() });
      return { change: next, lane: "keep", wakeAt: verdict.at, audit: { action: "change.looked", result: "success" } };
    }
    case "review":
      return {
        change: {
          ...settle(change, { ...attempt, looks: attempt.looks + 1 }),
          state: "NeedsReview",
          outcome: { at, code: "needsReview", message: cut(verdict.because) },
        },
        lane: "keep",
        audit: { action: "change.needsReview", result: "failure", errorCode: "needsReview" },
      };
  }
}

/** Evidence that could not be read: look again, until the limit; then a person decides. */
export function unreadable(change: Change, why: string, now: Date, settings: LedgerSettings): Transition {
  const attempt = openAttempt(change);
  if (!attempt) throw new Error("Nothing to look at.");
  const limit = new Date(Date.parse(attempt.sendBy) + settings.proofLimitMs);
  const verdict: Verdict =
    now >= limit
      ? { kind: "review", because: `Microsoft's records could not be read for a day: ${why}` }
      : { kind: "lookAgain", at: nextLook(attempt, now, undefined, settings) };
  return afterVerdict(change, verdict, now, settings);
}

/** Replaces the attempt with the same number. */
export function settle(change: Change, attempt: Attempt): Change {
  return {
    ...change,
    steps: change.steps.map((step) => ({
      ...step,
      attempts: step.attempts.map((known) => (known.number === attempt.number ? attempt : known)),
    })),
  };
}
