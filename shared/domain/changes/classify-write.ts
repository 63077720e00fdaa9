import { scheduleIn, showsSchedule, type RenewalSchedule } from "../subscriptions/renewal-schedule";
import type { WriteAnswer } from "./subscription-writer";

/** What an answer to a paid write means (change ledger §4.9). */
export type WriteOutcome =
  | { kind: "done" }
  | { kind: "refused"; status: number; code: string; message: string }
  /** This attempt had no effect, certainly; another may. */
  | {
      kind: "later";
      why: "throttled" | "signIn" | "busy" | "changedMeanwhile";
      status: number;
      code: string;
      retryAfterSeconds?: number;
    }
  /** Certainly nothing went out. */
  | { kind: "notSent"; why: "tooLate" | "resellerRevoked" | "secretInvalid" | "noToken" }
  /** It may have had an effect. Only proof settles it. */
  | { kind: "unknown"; why: string; status?: number };

/** Codes with which Partner Center says that another operation is still running (fact sheet §1.5). */
const BUSY_CODES = ["900278", "800060", "800064", "800082"];
/** "Updates are currently not allowed", which comes as a 400. */
const NOT_NOW_CODE = "900280";
const STALE_ETAG_CODE = "2055";

/** Judges the answer to a write that should have left the subscription with these seats, or this schedule. Pure. */
export function classifyWrite(answer: WriteAnswer, target: number | RenewalSchedule): WriteOutcome {
  if (answer.kind === "notSent") return { kind: "notSent", why: answer.reason };
  if (answer.kind === "noAnswer") return { kind: "unknown", why: answer.reason };
  const { status, body } = answer;
  if (status >= 200 && status < 300) return classifySuccess(status, body, target);
  if (status < 400 || status === 408 || status >= 500) return { kind: "unknown", why: `HTTP ${status}`, status };
  const { code, message } = readError(body);
  const retry = answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds };
  if (status === 429) return { kind: "later", why: "throttled", status, code, ...retry };
  if (status === 401) return { kind: "later", why: "signIn", status, code, ...retry };
  const isBusy = (status === 409 && BUSY_CODES.includes(code)) || code === NOT_NOW_CODE;
  if (isBusy) return { kind: "later", why: "busy", status, code, ...retry };
  if (status === 412 || code === STALE_ETAG_CODE)
    return { kind: "later", why: "changedMeanwhile", status, code, ...retry };
  // A page of some gateway is no word of Microsoft's about the write.
  if (!isRecord(body)) return { kind: "unknown", why: `HTTP ${status} without a readable body`, status };
  return { kind: "refused", status, code, message };
}

function classifySuccess(status: number, body: unknown, target: number | RenewalSchedule): WriteOutcome {
  if (status === 202) return { kind: "unknown", why: "accepted, not yet applied (202)", status };
  if (typeof target !== "number") {
    if (showsSchedule(scheduleIn(body), target)) return { kind: "done" };
    return { kind: "unknown", why: "the answer does not show the schedule", status };
  }
  const quantity = isRecord(body) ? body["quantity"] : undefined;
  if (quantity === target) return { kind: "done" };
  return { kind: "unknown", why: "the answer does not show the new quantity", status };
}

/** Partner Center sends `code` as text or number, and its gateway another shape altogether (fact sheet §1.5). */
function readError(body: unknown): { code: string; message: string } {
  if (!isRecord(body)) return { code: "", message: "" };
  const code = body["code"] ?? body["statusCode"];
  const message = body["description"] ?? body["message"];
  return {
    code: typeof code === "string" || typeof code === "number" ? String(code) : "",
    message: typeof message === "string" ? message : "",
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
