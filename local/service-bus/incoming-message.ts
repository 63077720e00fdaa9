import { randomUUID } from "node:crypto";
import type { Message } from "rhea";
import { asTimeMs, encodedSize } from "./amqp-codec";
import type { QueueSettings } from "./queue-definitions";
import { Refusal } from "./refusal";
import type { StoredMessage } from "./stored-message";

/** Largest message, and largest batch, of the Standard tier. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_ID_LENGTH = 128;

/** Throws what the service answers to a message that this queue cannot take. */
export function checkIncoming(message: Message, queue: QueueSettings): void {
  refuseLargerThanLimit(encodedSize(message));
  refuseLongId("MessageId", message.message_id);
  refuseLongId("SessionId", message.group_id);
  if (queue.requiresSession && (message.group_id ?? null) === null) {
    throw new Refusal(
      "amqp:not-allowed",
      `The SessionId was not set on a message, and it cannot be sent to the entity. Entity '${queue.name}' requires sessions: every message needs a session id.`,
    );
  }
}

export function refuseLargerThanLimit(bytes: number): void {
  if (bytes <= MAX_MESSAGE_BYTES) return;
  throw new Refusal(
    "amqp:link:message-size-exceeded",
    `The received message (size: ${bytes} bytes) exceeds the limit (${MAX_MESSAGE_BYTES} bytes) currently allowed on the link.`,
  );
}

function refuseLongId(name: string, id: unknown): void {
  if (typeof id !== "string" || id.length <= MAX_ID_LENGTH) return;
  throw new Refusal(
    "com.microsoft:argument-error",
    `The ${name} has ${id.length} characters; ${MAX_ID_LENGTH} are allowed.`,
  );
}

/** The message as the queue keeps it from `nowMs` on: scheduled if its time is still to come. */
export function storedMessage(content: Message, queue: QueueSettings, nowMs: number): StoredMessage {
  const scheduledFor = asTimeMs(content.message_annotations?.["x-opt-scheduled-enqueue-time"]) ?? 0;
  const enqueuedAtMs = Math.max(scheduledFor, nowMs);
  return {
    sequenceNumber: 0,
    enqueuedSequenceNumber: 0,
    content,
    sessionKey: queue.requiresSession ? String(content.group_id) : "",
    state: scheduledFor > nowMs ? "scheduled" : "active",
    enqueuedAtMs,
    expiresAtMs: enqueuedAtMs + Math.min(content.ttl ?? Infinity, queue.timeToLiveMs),
    deliveryCount: 0,
    deadLetterSource: undefined,
    lock: undefined,
    cancelTimer: () => undefined,
  };
}

/** The SDK's lock renewal fails on a message without an id, so one that comes without gets one. */
export function withMessageId(content: Message): Message {
  return (content.message_id ?? null) === null ? { ...content, message_id: randomUUID().replaceAll("-", "") } : content;
}
