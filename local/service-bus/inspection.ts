import type { Queue } from "./queue";
import type { StoredMessage } from "./stored-message";

export interface QueueCounts {
  /** Ready or locked. */
  active: number;
  scheduled: number;
  deferred: number;
  deadLetter: number;
}

/** A message as tests and demonstrations want to see it; looking at it changes nothing. */
export interface MessageView {
  sequenceNumber: number;
  messageId: string;
  sessionId: string | undefined;
  subject: string | undefined;
  correlationId: string | undefined;
  /** Parsed when it is JSON, which is what the SDK makes of everything but buffers. */
  body: unknown;
  applicationProperties: Record<string, unknown>;
  state: StoredMessage["state"];
  locked: boolean;
  deliveryCount: number;
  /** When it was, or will be, put into the queue (virtual time). */
  enqueuedAt: Date;
  deadLetterReason: string | undefined;
  deadLetterDescription: string | undefined;
}

export function countMessages(queue: Queue): QueueCounts {
  const counts = { active: 0, scheduled: 0, deferred: 0, deadLetter: 0 };
  for (const message of queue.store.values()) counts[message.state]++;
  for (const _ of queue.deadLetters?.store.values() ?? []) counts.deadLetter++;
  return counts;
}

/** Up to `count` messages of whatever state, from a sequence number on, without locking them. */
export function peek(
  queue: Queue,
  options: { from?: number; count?: number; sessionId?: string | undefined } = {},
): StoredMessage[] {
  const { from = 0, count = Infinity, sessionId } = options;
  const found: StoredMessage[] = [];
  for (const message of queue.store.values()) {
    if (found.length >= count) break;
    if (message.sequenceNumber < from || (sessionId !== undefined && message.content.group_id !== sessionId)) continue;
    found.push(message);
  }
  return found;
}

/** Sessions that have messages or a state. */
export function listSessions(queue: Queue): string[] {
  const ids = new Set<string>(queue.sessions.withState());
  if (queue.settings.requiresSession) for (const message of queue.store.values()) ids.add(message.sessionKey);
  return [...ids];
}

export function viewMessage(message: StoredMessage): MessageView {
  const { content } = message;
  const applicationProperties: Record<string, unknown> = { ...content.application_properties };
  return {
    sequenceNumber: message.sequenceNumber,
    messageId: String(content.message_id),
    sessionId: content.group_id,
    subject: content.subject,
    correlationId: content.correlation_id === undefined ? undefined : String(content.correlation_id),
    body: readBody(content.body),
    applicationProperties,
    state: message.state,
    locked: message.lock !== undefined,
    deliveryCount: message.deliveryCount,
    enqueuedAt: new Date(message.enqueuedAtMs),
    deadLetterReason: asText(applicationProperties["DeadLetterReason"]),
    deadLetterDescription: asText(applicationProperties["DeadLetterErrorDescription"]),
  };
}

function readBody(body: unknown): unknown {
  const content: unknown = typeof body === "object" && body !== null && "content" in body ? body.content : body;
  if (!Buffer.isBuffer(content)) return content;
  try {
    return JSON.parse(content.toString("utf8")) as unknown;
  } catch {
    return content;
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
