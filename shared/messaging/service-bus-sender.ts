import type { ServiceBusClient, ServiceBusSender } from "@azure/service-bus";
import { stamped } from "../domain/decisions/message-version";
import type { OutgoingMessage } from "../domain/decisions/outgoing-message";
import type { SendMessage } from "../domain/decisions/outbox";

/** Sends messages to Service Bus; one sender per queue for the life of the process (a link each, not one per call). */
export function serviceBusSender(client: () => Promise<ServiceBusClient>): SendMessage {
  const senders = new Map<string, Promise<ServiceBusSender>>();
  const create = async (queue: string): Promise<ServiceBusSender> => (await client()).createSender(queue);
  const senderOf = async (queue: string): Promise<ServiceBusSender> => {
    const known = senders.get(queue);
    if (known && !(await known).isClosed) return known;
    const created = create(queue);
    senders.set(queue, created);
    return created;
  };
  return async (message: OutgoingMessage) => {
    const sender = await senderOf(message.queue);
    // One from the outbox, or that was delivered before, keeps the version of its writer.
    const { version, readableFrom } = message.version === undefined ? stamped(message) : message;
    await sender.sendMessages({
      body: { version, readableFrom, ...message.body },
      messageId: message.messageId,
      contentType: "application/json",
      ...(message.correlationId ? { correlationId: message.correlationId } : {}),
      ...(message.traceparent ? { applicationProperties: { traceparent: message.traceparent } } : {}),
      ...(message.sessionId ? { sessionId: message.sessionId } : {}),
      ...(message.notBefore ? { scheduledEnqueueTimeUtc: new Date(message.notBefore) } : {}),
    });
  };
}
