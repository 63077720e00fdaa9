import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusReceiver } from "@azure/service-bus";
import type { ServiceBus } from "../../local/service-bus/start-service-bus";
import { serviceBusSender } from "../../shared/messaging/service-bus-sender";
import type { Random } from "./random";
import type { Delivery, QueueClient, RunQueue, RunQueueName } from "./run-queue";

/** A message that is there arrives at once; this only ends the wait for one that somebody else was quicker to take. */
const WAIT = { maxWaitTimeInMs: 2_000 };
/** Locks are renewed by the run, on its own clock. */
const NO_RENEWAL = { maxAutoLockRenewalDurationInMs: 0 };

/** The queue as deployed: our sender and the Service Bus SDK, over AMQP, against the local broker. */
export function createSocketBroker(bus: ServiceBus, random: Random, name: RunQueueName): RunQueue {
  const clients: ServiceBusClient[] = [];

  const hasSessions = name !== "sync";

  /** Active messages that nobody holds, and whose session nobody holds. */
  const freeMessages = (): ReturnType<ServiceBus["peek"]> => {
    const messages = bus.peek(name);
    const held = new Set(messages.filter(({ locked }) => locked).map(({ sessionId }) => sessionId));
    return messages.filter(({ state, locked, sessionId }) => {
      return state === "active" && !locked && !(hasSessions && held.has(sessionId));
    });
  };

  const connect = (): QueueClient => {
    const client = new ServiceBusClient(bus.connectionString);
    clients.push(client);
    return {
      send: serviceBusSender(() => Promise.resolve(client)),
      async take() {
        const free = freeMessages();
        if (free.length === 0) return undefined;
        if (!hasSessions) {
          const receiver = client.createReceiver(name, NO_RENEWAL);
          return receiveOne(receiver, (message) => receiver.renewMessageLock(message));
        }
        const sessions = [...new Set(free.map(({ sessionId = "" }) => sessionId))];
        const session = await client.acceptSession(name, random.pick(sessions), NO_RENEWAL);
        return receiveOne(session, () => session.renewSessionLock());
      },
      takeDeadLetter() {
        if (bus.counts(name).deadLetter === 0) return Promise.resolve(undefined);
        const receiver = client.createReceiver(name, { ...NO_RENEWAL, subQueueType: "deadLetter" });
        return receiveOne(receiver, (message) => receiver.renewMessageLock(message));
      },
      cut: () => client.close(),
    };
  };

  return {
    connect,
    nextDueAt: () => {
      const scheduled = bus.peek(name).filter(({ state }) => state === "scheduled");
      return [...scheduled, ...freeMessages()].reduce<number | undefined>(
        (first, { enqueuedAt }) => Math.min(first ?? enqueuedAt.getTime(), enqueuedAt.getTime()),
        undefined,
      );
    },
    isEmpty: () => Object.values(bus.counts(name)).every((count: number) => count === 0),
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

async function receiveOne(
  receiver: ServiceBusReceiver,
  renew: (message: ServiceBusReceivedMessage) => Promise<unknown>,
): Promise<Delivery | undefined> {
  const [message] = await receiver.receiveMessages(1, WAIT);
  if (!message) {
    await receiver.close();
    return undefined;
  }
  const settle = async (run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } finally {
      await receiver.close();
    }
  };
  return {
    messageId: String(message.messageId),
    sessionId: message.sessionId,
    body: message.body,
    complete: () => settle(() => receiver.completeMessage(message)),
    // A lock that is lost needs no giving back.
    abandon: () => settle(() => receiver.abandonMessage(message)).catch(() => undefined),
    renew: async () => {
      await renew(message);
    },
    loseLock: () => receiver.close(),
  };
}
