import type { ServiceBusClient, ServiceBusSender } from "@azure/service-bus";
import type { OutgoingMessage } from "../domain/decisions/outgoing-message";
import type { SendMessage } from "../domain/decisions/outbox";

/** Sends messages to Service Bus; one sender per queue for the life of the process (a link each, not one per call). */
export function serviceBusSender(client: () => ServiceBusClient): SendMessage {
  const senders = new Map<string, ServiceBusSender>();
  const senderOf = (queue: string): ServiceBusSender => {
    const known = senders.get(queue);
    if (known && !known.isClosed) return known;
    const sender = client().createSender(queue);
    senders.set(queue, sender);
    return sender;
  };
  return async (message: OutgoingMessage) => {
    await senderOf(message.queue).sendMessages({
      body: message.body,
      messageId: message.messageId,
      contentType: "application/json",
      ...(message.sessionId ? { sessionId: message.sessionId } : {}),
      ...(message.notBefore ? { scheduledEnqueueTimeUtc: new Date(message.notBefore) } : {}),
    });
  };
}
