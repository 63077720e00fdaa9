import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import type { TypedData } from "./core-api";

/**
 * Metadata of one message, named and cased as the host's Service Bus extension sends it; the library camel-cases the
 * names. The JavaScript SDK counts deliveries from 0, the extension from 1.
 */
export function messageMetadata(message: ServiceBusReceivedMessage): Record<string, TypedData> {
  const values = metadataValues(message);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toTyped(value)]));
}

/** Metadata of a batch: each name with `Array` behind it, holding one value per message in their order. */
export function batchMetadata(messages: readonly ServiceBusReceivedMessage[]): Record<string, TypedData> {
  const all = messages.map(metadataValues);
  const names = new Set(all.flatMap((values) => Object.keys(values)));
  return Object.fromEntries(
    [...names].map((name) => [
      `${name}Array`,
      { json: JSON.stringify(all.map((values) => plain(values[name]) ?? null)) },
    ]),
  );
}

function metadataValues(message: ServiceBusReceivedMessage): Record<string, unknown> {
  const values: Record<string, unknown> = {
    MessageId: text(message.messageId),
    DeliveryCount: (message.deliveryCount ?? 0) + 1,
    SequenceNumber: message.sequenceNumber?.toNumber(),
    EnqueuedSequenceNumber: message.enqueuedSequenceNumber,
    EnqueuedTimeUtc: message.enqueuedTimeUtc,
    ExpiresAtUtc: message.expiresAtUtc,
    LockedUntil: message.lockedUntilUtc,
    LockToken: message.lockToken,
    ApplicationProperties: message.applicationProperties ?? {},
    UserProperties: message.applicationProperties ?? {},
    ContentType: message.contentType,
    CorrelationId: text(message.correlationId),
    Subject: message.subject,
    Label: message.subject,
    SessionId: message.sessionId,
    ReplyTo: message.replyTo,
    ReplyToSessionId: message.replyToSessionId,
    To: message.to,
    PartitionKey: message.partitionKey,
    DeadLetterSource: message.deadLetterSource,
    DeadLetterReason: message.deadLetterReason,
    DeadLetterErrorDescription: message.deadLetterErrorDescription,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

/** A text of digits must stay text, and the library reads everything as JSON that it can: so text goes quoted. */
function toTyped(value: unknown): TypedData {
  return { json: JSON.stringify(plain(value)) };
}

function plain(value: unknown): unknown {
  return value instanceof Date && Number.isNaN(value.getTime()) ? undefined : value;
}

function text(value: string | number | Buffer | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.isBuffer(value) ? value.toString("hex") : String(value);
}

/** The body of one message as the trigger input: text, which the library parses as JSON when it can, or bytes. */
export function messageBody(message: ServiceBusReceivedMessage): Buffer {
  const body: unknown = message.body;
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body);
  if (body === undefined || body === null) return Buffer.alloc(0);
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body), "utf8");
}
