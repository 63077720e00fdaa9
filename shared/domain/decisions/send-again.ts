import { FIRST_VERSION } from "./message-version";
import { NEWER_VERSION_PAUSE_SECONDS } from "./newer-version";
import type { OutgoingMessage } from "./outgoing-message";

/** A message as it was delivered, from its queue or from the dead letters. */
export interface TakenMessage {
  queue: OutgoingMessage["queue"];
  messageId: string;
  sessionId?: string | undefined;
  body: unknown;
}

const HOUR_MS = 3_600_000;
/** A message that failed this often on different hours will not succeed by itself. */
const MAX_TIMES = 3;
const FIRST_WAIT_MS = NEWER_VERSION_PAUSE_SECONDS * 1000;
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * The message that takes a dead one's place, an hour later: by then an outage is over. Undefined for one that has come
 * back too often, or is no message of ours.
 */
export function sendAgain(taken: TakenMessage, now: Date): OutgoingMessage | undefined {
  const { first, times, waits } = countsIn(taken.messageId);
  if (times >= MAX_TIMES) return undefined;
  return later(taken, idWith(first, times + 1, waits), new Date(now.getTime() + HOUR_MS));
}

/**
 * The message that takes the place of one that only a newer version can deal with: in a minute, later in a quarter of an
 * hour, without end. Undefined for what is no message of ours. `waits` tells how often it was put off, this time included.
 */
export function putOff(taken: TakenMessage, now: Date): { message: OutgoingMessage; waits: number } | undefined {
  const { first, times, waits } = countsIn(taken.messageId);
  const pauseMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(waits, 10));
  const message = later(taken, idWith(first, times, waits + 1), new Date(now.getTime() + pauseMs));
  return message && { message, waits: waits + 1 };
}

function later({ queue, sessionId, body }: TakenMessage, messageId: string, at: Date): OutgoingMessage | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  return {
    ...{ queue, messageId, body: { ...FIRST_VERSION, ...body } },
    ...(sessionId === undefined ? {} : { sessionId }),
    notBefore: at.toISOString(),
  };
}

/** An id tells how often its message failed (`~2`) and was put off (`^5`), and is new each time: a repeated one vanishes. */
function countsIn(messageId: string): { first: string; times: number; waits: number } {
  const [, first = "", times = "0", waits = "0"] = /^([^~^]*)(?:~(\d+))?(?:\^(\d+))?/.exec(messageId) ?? [];
  return { first, times: Number(times), waits: Number(waits) };
}

function idWith(first: string, times: number, waits: number): string {
  return first.slice(0, 100) + (times > 0 ? `~${times}` : "") + (waits > 0 ? `^${waits}` : "");
}
