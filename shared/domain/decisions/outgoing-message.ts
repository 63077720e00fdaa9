import { z } from "zod";

export const QueueName = z.enum(["changes", "directory", "sync", "tokens"]);

/**
 * A message that leaves with a decision: stored as an outbox row in the same transaction, then sent. `messageId` is
 * never used twice, because duplicate detection drops a repeated one silently.
 */
export const OutgoingMessage = z.object({
  queue: QueueName,
  messageId: z.string().min(1).max(128),
  sessionId: z.string().min(1).max(128).optional(),
  /** Not delivered before this moment. */
  notBefore: z.iso.datetime().optional(),
  body: z.record(z.string(), z.unknown()),
  /** Data version of its writer, and the oldest one that may handle it; the first where absent. Set when it is stored. */
  version: z.int().positive().optional(),
  readableFrom: z.int().positive().optional(),
  /** When it was decided; rows of an earlier version do not tell. */
  decidedAt: z.iso.datetime().optional().catch(undefined),
  /** What it belongs to: the trace of the decision, and the request behind it. No message is held up for these. */
  traceparent: z.string().optional().catch(undefined),
  correlationId: z.string().optional().catch(undefined),
});
export type OutgoingMessage = z.infer<typeof OutgoingMessage>;

/** Row key of the outbox row that carries a message. */
export function outboxRow(message: OutgoingMessage): string {
  return `outbox_${message.queue}_${message.messageId}`;
}
