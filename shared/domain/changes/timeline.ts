import type { Attempt, Change, Intervention } from "./change";

/** One line of the story of a change, for people. */
export interface TimelineEvent {
  at: string;
  event:
    | "requested"
    | "sent"
    | "answered"
    | "unknown"
    | "refused"
    | "later"
    | "notSent"
    | "proven"
    | "notApplied"
    | "ended"
    | Intervention["action"];
  detail: string;
}

/** The story of a change, told from its row: requested, sent, what came back, what proved it, how it ended. */
export function timelineOf(change: Change): TimelineEvent[] {
  const events: TimelineEvent[] = [
    { at: change.requestedAt, event: "requested", detail: `by ${change.requestedBy.name}` },
    ...change.steps.flatMap((step) => step.attempts).flatMap(attemptEvents),
    ...(change.interventions ?? []).flatMap(interventionEvents),
  ];
  if (change.outcome)
    events.push({ at: change.outcome.at, event: "ended", detail: `${change.state}: ${change.outcome.message}` });
  return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** What a person did, after the end it had come to by then. */
function interventionEvents({ at, action, by, reason, finding, before }: Intervention): TimelineEvent[] {
  const detail = `${finding ?? ""} by ${by}${reason === undefined ? "" : `: ${reason}`}`.trim();
  const { outcome, state } = before;
  const ended = outcome && { at: outcome.at, event: "ended" as const, detail: `${state}: ${outcome.message}` };
  return [...(ended ? [ended] : []), { at, event: action, detail }];
}

function attemptEvents(attempt: Attempt): TimelineEvent[] {
  const events: TimelineEvent[] = [
    {
      at: attempt.openedAt,
      event: "sent",
      detail: `attempt ${attempt.number}: ${attempt.schedule ? "the renewal schedule" : `${attempt.from} to ${attempt.to} seats`}`,
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
