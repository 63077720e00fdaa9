import type { OutgoingMessage } from "./outgoing-message";
import { isOfNewerVersion } from "./message-version";

/** A message as it lies in the dead letters of its queue. */
export interface DeadMessage {
  queue: OutgoingMessage["queue"];
  messageId: string;
  sessionId?: string | undefined;
  body: unknown;
}

const HOUR_MS = 3_600_000;
/** A message that failed this often on different hours will not succeed by itself. */
const MAX_TIMES = 3;

/**
 * The message that takes a dead one's place, an hour later: by then an outage is over, or the version that understands it
 * is there. Undefined for one that has come back too often, or is no message of ours; one of a newer version is never
 * given up. Its id tells how often it came back, and is new each time: a repeated one would vanish.
 */
export function sendAgain({ queue, messageId, sessionId, body }: DeadMessage, now: Date): OutgoingMessage | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const [first = "", times = "0"] = messageId.split("~");
  const next = Number(times) + 1;
  if (!(next <= MAX_TIMES) && !isOfNewerVersion(body)) return undefined;
  return {
    ...{ queue, messageId: `${first.slice(0, 110)}~${next}`, body: { ...body } },
    ...(sessionId === undefined ? {} : { sessionId }),
    notBefore: new Date(now.getTime() + HOUR_MS).toISOString(),
  };
}
