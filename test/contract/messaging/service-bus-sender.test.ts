import path from "node:path";
import { ServiceBusClient } from "@azure/service-bus";
import { readQueueDefinitions } from "../../../local/service-bus/queue-definitions";
import { startServiceBus } from "../../../local/service-bus/start-service-bus";
import { VirtualClock } from "../../../local/virtual-clock";
import type { OutgoingMessage } from "../../../shared/domain/decisions/outgoing-message";
import { serviceBusSender } from "../../../shared/messaging/service-bus-sender";
import { after, HOUR, MINUTE, START } from "../../build/ids";

const QUEUES = readQueueDefinitions(path.resolve(__dirname, "../../../infra/queues.json"));
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A broker with the queues that are deployed, a clock that stands still, and our sender. */
async function setup() {
  const clock = new VirtualClock({ start: START, running: false });
  const bus = await startServiceBus({ queues: QUEUES, clock });
  cleanups.push(() => bus.close());
  let clients = 0;
  const client = new ServiceBusClient(bus.connectionString, {
    retryOptions: { maxRetries: 2, timeoutInMs: 1_000, retryDelayInMs: 10 },
  });
  cleanups.push(() => client.close());
  const send = serviceBusSender(() => {
    clients++;
    return Promise.resolve(client);
  });
  const takeFromSession = async (count: number) => {
    const session = await client.acceptSession("changes", "tenant/subscription", { maxAutoLockRenewalDurationInMs: 0 });
    const messages = await session.receiveMessages(count, { maxWaitTimeInMs: 2_000 });
    for (const message of messages) await session.completeMessage(message);
    await session.close();
    return messages;
  };
  return { bus, clock, client, send, takeFromSession, askedForClients: () => clients };
}

const aMessage = (n: number, differing: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  queue: "changes",
  messageId: `change:${n}`,
  sessionId: "tenant/subscription",
  body: { tenantId: "tenant", changeId: "change", n },
  ...differing,
});

test("a message says which version wrote it and which may handle it, whichever version sends it", async () => {
  const { send, takeFromSession } = await setup();
  await send(aMessage(1, { version: 3, readableFrom: 2 }));
  await send(aMessage(2));
  await send(aMessage(3, { version: 1, readableFrom: 1, body: { n: 3, version: 2, readableFrom: 2 } }));
  expect((await takeFromSession(3)).map(({ body }) => body as unknown)).toEqual([
    { tenantId: "tenant", changeId: "change", n: 1, version: 3, readableFrom: 2 },
    { tenantId: "tenant", changeId: "change", n: 2, version: 1, readableFrom: 1 },
    { n: 3, version: 2, readableFrom: 2 },
  ]);
});

test("a message arrives in its session, with its id, as JSON", async () => {
  const { send, takeFromSession } = await setup();
  await send(aMessage(1));
  expect(await takeFromSession(1)).toMatchObject([
    {
      body: { tenantId: "tenant", changeId: "change", n: 1 },
      messageId: "change:1",
      sessionId: "tenant/subscription",
      contentType: "application/json",
    },
  ]);
});

test("messages of one session keep their order", async () => {
  const { send, takeFromSession } = await setup();
  for (const n of [1, 2, 3]) await send(aMessage(n));
  expect((await takeFromSession(3)).map(({ messageId }) => messageId)).toEqual(["change:1", "change:2", "change:3"]);
});

test("a message for later does not arrive before its time", async () => {
  const { send, bus, clock, takeFromSession } = await setup();
  await send(aMessage(1, { notBefore: after(10 * MINUTE).toISOString() }));
  expect(bus.counts("changes")).toMatchObject({ active: 0, scheduled: 1 });
  await clock.advance(10 * MINUTE - 1);
  expect(bus.counts("changes")).toMatchObject({ active: 0, scheduled: 1 });
  await clock.advance(1);
  expect(await takeFromSession(1)).toMatchObject([{ messageId: "change:1", body: { n: 1 } }]);
});

test("a time that is over already is no reason to wait", async () => {
  const { send, bus } = await setup();
  await send(aMessage(1, { notBefore: after(-MINUTE).toISOString() }));
  expect(bus.counts("changes")).toMatchObject({ active: 1, scheduled: 0 });
});

test("the same message sent twice arrives once, also when it was handled in between", async () => {
  const { send, bus, takeFromSession } = await setup();
  await send(aMessage(1));
  await send(aMessage(1));
  expect(bus.counts("changes").active).toBe(1);
  await takeFromSession(1);
  await send(aMessage(1));
  expect(bus.counts("changes").active).toBe(0);
});

test("a message for later that is sent again is still one", async () => {
  const { send, bus, clock } = await setup();
  const later = aMessage(1, { notBefore: after(30 * MINUTE).toISOString() });
  await send(later);
  await send(later);
  await clock.advance(30 * MINUTE);
  expect(bus.counts("changes")).toMatchObject({ active: 1, scheduled: 0 });
});

test("after an hour the queue has forgotten a message id: the ledger must never use one twice", async () => {
  const { send, bus, clock, takeFromSession } = await setup();
  await send(aMessage(1));
  await takeFromSession(1);
  await clock.advance(HOUR + MINUTE);
  await send(aMessage(1));
  expect(bus.counts("changes").active).toBe(1);
});

test("a queue without sessions takes messages without one", async () => {
  const { send, client } = await setup();
  await send({ queue: "sync", messageId: "tenant:connect:7", body: { tenantId: "tenant" } });
  const receiver = client.createReceiver("sync", { maxAutoLockRenewalDurationInMs: 0 });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 2_000 });
  expect(message).toMatchObject({ messageId: "tenant:connect:7", body: { tenantId: "tenant" } });
});

test("each queue has one sender for the life of the process", async () => {
  const { send, askedForClients } = await setup();
  for (const n of [1, 2, 3]) await send(aMessage(n));
  await send({ queue: "sync", messageId: "tenant:1", body: {} });
  expect(askedForClients()).toBe(2);
});

test("a broken connection is survived by the next message", async () => {
  const { send, bus } = await setup();
  await send(aMessage(1));
  await bus.cutConnections();
  await send(aMessage(2));
  expect(bus.counts("changes").active).toBe(2);
});

test("what the queue does not take is told to the caller", async () => {
  const { send, bus } = await setup();
  const { sessionId: _none, ...withoutSession } = aMessage(1);
  await expect(send(withoutSession)).rejects.toThrow();
  expect(bus.counts("changes").active).toBe(0);
});
