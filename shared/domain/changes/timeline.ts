import type { Attempt, Change } from "./change";

/** One line of the story of a change, for people. */
export interface TimelineEvent {
  at: string;
  event:
    "requested" | "sent" | "answered" | "unknown" | "refused" | "later" | "notSent" | "proven" | "notApplied" | "ended";
  detail: string;
}

/** The story of a change, told from its row: requested, sent, what came back, what proved it, how it ended. */
export function timelineOf(change: Change): TimelineEvent[] {
  const events: TimelineEvent[] = [
    { at: change.requestedAt, event: "requested", detail: `by ${change.requestedBy.name}` },
    ...change.steps.flatMap((step) => step.attempts).flatMap(attemptEvents),
  ];
  if (change.outcome)
    events.push({ at: change.outcome.at, event: "ended", detail: `${change.state}: ${change.outcome.message}` });
  return events;
}

function attemptEvents(attempt: Attempt): TimelineEvent[] {
  const events: TimelineEvent[] = [
    {
      at: attempt.openedAt,
      event: "sent",
      detail: `attempt ${attempt.number}: ${attempt.from} to ${attempt.to} seats`,
    },
  ];
  const { answer, proof } = attempt;
  if (answer)
    events.push({
      at: answer.at,
      event: answer.kind === "done" ? "answered" : answer.kind,
      detail: answerText(answer),
    });
  // A process that died between sending and hearing leaves no answer: that is unknown too.
  else if (proof || attempt.looks > 0)
    events.push({ at: attempt.sendBy, event: "unknown", detail: "no answer was saved" });
  if (proof && proof.by !== "answer") {
    const event = attempt.state === "applied" ? "proven" : "notApplied";
    events.push({
      at: proof.at,
      event,
      detail: proof.reference ? `by ${proof.by} ${proof.reference}` : `by ${proof.by}`,
    });
  }
  return events;
}

function answerText(answer: NonNullable<Attempt["answer"]>): string {
  const isTold = answer.status === undefined || answer.message?.startsWith(`HTTP ${answer.status}`);
  const status = isTold ? "" : `HTTP ${answer.status} `;
  return `${status}${answer.code ?? ""} ${answer.message ?? ""}`.replace(/\s+/g, " ").trim() || "done";
}
