import type { Measurement } from "../telemetry/metrics";
import type { Attempt, Change } from "./change";

/** What one step of a change adds to the metrics: the difference between its row before and after. Pure. */
export function measureTransition(before: Change | undefined, after: Change): Measurement[] {
  return [...measureEnd(before, after), ...measureWait(before, after), ...measureWrites(before, after)];
}

function measureEnd(before: Change | undefined, after: Change): Measurement[] {
  if (before?.state === after.state) return [];
  const { state, kind, outcome } = after;
  switch (state) {
    case "Completed":
    case "PurchaseFailed":
    case "Rejected":
    case "Cancelled": {
      const found: Measurement[] = [{ name: "csp.changes.ended", value: 1, attributes: { kind, outcome: state } }];
      const finding = (name: "overwroteExternalChange" | "scheduleLost"): void => {
        found.push({ name: "csp.changes.findings", value: 1, attributes: { finding: name } });
      };
      if (outcome?.finding === "overwroteExternalChange") finding("overwroteExternalChange");
      if (outcome?.schedule === "notRestored") finding("scheduleLost");
      return found;
    }
    case "NeedsReview":
      return [{ name: "csp.changes.review", value: 1, attributes: {} }];
    case "PendingApproval":
    case "PendingPurchase":
    case "Purchasing":
    case "Scheduled":
      return [];
  }
}

/** Parked anew counts; parked again for the same reason does not. */
function measureWait(before: Change | undefined, { parkedReason: reason }: Change): Measurement[] {
  if (reason === undefined || before?.parkedReason === reason) return [];
  return [{ name: "csp.changes.parked", value: 1, attributes: { reason } }];
}

function measureWrites(before: Change | undefined, after: Change): Measurement[] {
  const earlier = new Map((before ? attemptsOf(before) : []).map((attempt) => [attempt.number, attempt]));
  return attemptsOf(after).flatMap((attempt) => measureAttempt(earlier.get(attempt.number), attempt));
}

function attemptsOf({ steps }: Change): Attempt[] {
  return steps.flatMap(({ attempts }) => attempts);
}

function measureAttempt(before: Attempt | undefined, after: Attempt): Measurement[] {
  const found: Measurement[] = [];
  const { answer, proof, state } = after;
  if (answer && !before?.answer)
    found.push({ name: "csp.writes.answered", value: 1, attributes: { answer: answer.kind } });
  if (state !== "open" && before?.state === "open" && proof && proof.by !== "answer") {
    const seconds = Math.max(0, (Date.parse(proof.at) - Date.parse(after.openedAt)) / 1000);
    found.push({ name: "csp.writes.proof_time", value: seconds, attributes: { proven: state } });
  }
  return found;
}
