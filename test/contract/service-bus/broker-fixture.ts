import {
  ServiceBusClient,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
  type ServiceBusReceiverOptions,
} from "@azure/service-bus";
import type { QueueDefinition } from "../../../local/service-bus/queue-definitions";
import { startServiceBus, type ServiceBus } from "../../../local/service-bus/start-service-bus";
import { VirtualClock } from "../../../local/virtual-clock";

/** Far from today, so that a time taken from the wrong clock is seen. */
export const START = new Date("2031-05-01T08:00:00Z");
export const MINUTE_MS = 60_000;

const cleanups: (() => Promise<void>)[] = [];

export function afterThisTest(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A broker with these queues and a clock that stands still, and a client of it; both end with the test. */
export async function setup(...queues: QueueDefinition[]) {
  const clock = new VirtualClock({ start: START, running: false });
  const bus = await startServiceBus({ queues, clock });
  afterThisTest(() => bus.close());
  return { bus, clock, client: newClient(bus) };
}

/** Another client, on a connection of its own. */
export function newClient(bus: ServiceBus, timeoutInMs = 5000): ServiceBusClient {
  const client = new ServiceBusClient(bus.connectionString, {
    retryOptions: { maxRetries: 0, timeoutInMs, retryDelayInMs: 10 },
  });
  afterThisTest(() => client.close());
  return client;
}

/** Sends with a sender of its own. */
export async function send(
  client: ServiceBusClient,
  queue: string,
  ...messages: Parameters<ReturnType<ServiceBusClient["createSender"]>["sendMessages"]>[0][]
): Promise<void> {
  const sender = client.createSender(queue);
  for (const message of messages) await sender.sendMessages(message);
  await sender.close();
}

/** A receiver that leaves locks to run out, because the clock of these tests stands still. */
export function receiverOf(
  client: ServiceBusClient,
  queue: string,
  options: ServiceBusReceiverOptions = {},
): ServiceBusReceiver {
  return client.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0, ...options });
}

/** Receives exactly this many messages, in as many calls as it takes. */
export async function receive(receiver: ServiceBusReceiver, count: number): Promise<ServiceBusReceivedMessage[]> {
  const messages: ServiceBusReceivedMessage[] = [];
  while (messages.length < count) {
    const more = await receiver.receiveMessages(count - messages.length, { maxWaitTimeInMs: 3000 });
    if (more.length === 0) throw new Error(`Only ${messages.length} of ${count} messages came.`);
    messages.push(...more);
  }
  return messages;
}

export async function receiveOne(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  const [message] = await receive(receiver, 1);
  if (!message) throw new Error("No message came.");
  return message;
}

/** What a receiver gets within a moment; for proving that nothing comes. */
export function receiveNow(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage[]> {
  return receiver.receiveMessages(10, { maxWaitTimeInMs: 100 });
}

/** Waits until something that another process or connection brings about is so. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const giveUpAt = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Error(`Waited in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
