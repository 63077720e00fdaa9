import type { ServiceBusClient, ServiceBusSender } from "@azure/service-bus";
import type { OutgoingMessage } from "../domain/decisions/outgoing-message";
import type { SendMessage } from "../domain/decisions/outbox";

/** Sends messages to Service Bus; one sender per queue for the life of the process (a link each, not one per call). */
export function serviceBusSender(client: () => Promise<ServiceBusClient>): SendMessage {
  const senders = new Map<string, ServiceBusSender>();
  const senderOf = async (queue: string): Promise<ServiceBusSender> => {
    const connected = await client();
    const known = senders.get(queue);
    if (known && !known.isClosed) return known;
    const sender = connected.createSender(queue);
    senders.set(queue, sender);
    return sender;
  };
  return async (message: OutgoingMessage) => {
    const sender = await senderOf(message.queue);
    await sender.sendMessages({
      body: message.body,
      messageId: message.messageId,
      contentType: "application/json",
      ...(message.sessionId ? { sessionId: message.sessionId } : {}),
      ...(message.notBefore ? { scheduledEnqueueTimeUtc: new Date(message.notBefore) } : {}),
    });
  };
}
