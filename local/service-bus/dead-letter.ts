import type { StoredMessage } from "./stored-message";

export interface DeadLetterReason {
  reason?: string | undefined;
  description?: string | undefined;
  /** Properties the receiver adds while it dead-letters. */
  properties?: Record<string, unknown> | undefined;
}

export function expired(): DeadLetterReason {
  return { reason: "TTLExpiredException", description: "The message expired and was dead lettered." };
}

export function deliveredTooOften(maxDeliveryCount: number): DeadLetterReason {
  return {
    reason: "MaxDeliveryCountExceeded",
    description: `Message could not be consumed after ${maxDeliveryCount} delivery attempts.`,
  };
}

/**
 * The message as it goes into the dead-letter queue of `source`: a new message there, without expiry, that keeps its
 * delivery count and its first sequence number and tells why it is there in two application properties.
 */
export function deadLettered(message: StoredMessage, source: string, why: DeadLetterReason): StoredMessage {
  const properties: Record<string, unknown> = { ...message.content.application_properties, ...why.properties };
  if (why.reason !== undefined) properties["DeadLetterReason"] = why.reason;
  if (why.description !== undefined) properties["DeadLetterErrorDescription"] = why.description;
  return {
    sequenceNumber: 0,
    enqueuedSequenceNumber: message.enqueuedSequenceNumber,
    content: { ...message.content, application_properties: properties },
    sessionKey: "",
    state: "active",
    enqueuedAtMs: message.enqueuedAtMs,
    expiresAtMs: Infinity,
    deliveryCount: message.deliveryCount,
    deadLetterSource: source,
    lock: undefined,
    cancelTimer: () => undefined,
  };
}
