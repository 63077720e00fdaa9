import { classifyWrite, type WriteOutcome } from "../../shared/domain/changes/classify-write";
import { scheduleFields } from "../../shared/domain/subscriptions/renewal-schedule";
import type { WriteAnswer } from "../../shared/domain/changes/subscription-writer";
import { aSchedule } from "../build/schedule";

/** Any number of seats: whether an answer shows the target is all that counts. */
const TARGET = 1;
const SCHEDULE = aSchedule(TARGET);

const ANSWERS = {
  done: { kind: "answered", status: 200, body: { quantity: TARGET, ...scheduleFields(SCHEDULE) } },
  /** The connection broke, or the process was too slow to read. */
  lost: { kind: "noAnswer", reason: "the connection was lost" },
  accepted: { kind: "answered", status: 202, body: undefined },
  /** A credit line that is too small. */
  refused: { kind: "answered", status: 400, body: { code: "800023" } },
  throttled: { kind: "answered", status: 429, body: {} },
  tooLate: { kind: "notSent", reason: "tooLate" },
} as const satisfies Record<string, WriteAnswer>;

export type AnswerKind = keyof typeof ANSWERS;
export const ANSWER_KINDS = [
  "done",
  "lost",
  "accepted",
  "refused",
  "throttled",
  "tooLate",
] as const satisfies AnswerKind[];

/** What the ledger makes of an answer. Why an outcome is unknown, or with which status, decides nothing here. */
export function outcomeOf(kind: AnswerKind, target: "seats" | "schedule"): WriteOutcome {
  const outcome = classifyWrite(ANSWERS[kind], target === "seats" ? TARGET : SCHEDULE);
  return outcome.kind === "unknown" ? { kind: "unknown", why: "" } : outcome;
}
