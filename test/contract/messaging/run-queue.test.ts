import path from "node:path";
import { readQueueDefinitions } from "../../../local/service-bus/queue-definitions";
import { startServiceBus } from "../../../local/service-bus/start-service-bus";
import { VirtualClock } from "../../../local/virtual-clock";
import type { OutgoingMessage } from "../../../shared/domain/decisions/outgoing-message";
import { after, HOUR, MINUTE, SECOND, START } from "../../build/ids";
import { createMemoryBroker } from "../../fault/memory-broker";
import { createRandom } from "../../fault/random";
import type { Delivery, RunQueue } from "../../fault/run-queue";
import { createSocketBroker } from "../../fault/socket-broker";

const QUEUES = readQueueDefinitions(path.resolve(__dirname, "../../../infra/queues.json"));
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Setup {
  clock: VirtualClock;
  queue: RunQueue;
}

function inMemory(): Promise<Setup> {
  const clock = new VirtualClock({ start: START, running: false });
  return Promise.resolve({ clock, queue: createMemoryBroker({ clock, random: createRandom(1), isOrdered: true }) });
}

async function atTheBroker(): Promise<Setup> {
  const clock = new VirtualClock({ start: START, running: false });
  const bus = await startServiceBus({ queues: QUEUES, clock });
  cleanups.push(() => bus.close());
  const queue = createSocketBroker(bus, createRandom(1), "changes");
  cleanups.push(() => queue.close());
  return { clock, queue };
}

const MAKERS: [string, () => Promise<Setup>][] = [
  ["in memory", inMemory],
  ["at the broker", atTheBroker],
];

const aMessage = (messageId: string, differing: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  ...{ queue: "changes", messageId, sessionId: "tenant/one", body: { about: messageId } },
  ...differing,
});

/** What both queues of the fault runs promise, so that runs in memory prove something about the real one. */
describe.each(MAKERS)("the queue of the fault runs %s", (_name, setup) => {
  const taken = async (delivery: Promise<Delivery | undefined>): Promise<Delivery> => {
    const found = await delivery;
    if (!found) throw new Error("There was nothing to take.");
    return found;
  };

  test("a message arrives once, with its body", async () => {
    const { queue } = await setup();
    const client = queue.connect();
    await client.send(aMessage("a"));
    expect(queue.isEmpty()).toBe(false);
    const delivery = await taken(client.take());
    expect(delivery).toMatchObject({ messageId: "a", body: { about: "a" } });
    await delivery.complete();
    expect(await client.take()).toBeUndefined();
    expect(queue.isEmpty()).toBe(true);
  });

  test("messages of one session come in their order, one at a time", async () => {
    const { queue } = await setup();
    const [one, other] = [queue.connect(), queue.connect()];
    for (const id of ["a", "b", "c"]) await one.send(aMessage(id));
    for (const id of ["a", "b", "c"]) {
      const delivery = await taken(one.take());
      expect(delivery.messageId).toBe(id);
      expect(await other.take()).toBeUndefined();
      await delivery.complete();
    }
  });

  test("another session can be taken meanwhile", async () => {
    const { queue } = await setup();
    const [one, other] = [queue.connect(), queue.connect()];
    await one.send(aMessage("a"));
    await one.send(aMessage("b", { sessionId: "tenant/two" }));
    const deliveries = [await taken(one.take()), await taken(other.take())];
    expect(deliveries.map(({ messageId }) => messageId).sort()).toEqual(["a", "b"]);
    for (const delivery of deliveries) await delivery.complete();
  });

  test("a message for later comes at its time, behind what is there by then", async () => {
    const { queue, clock } = await setup();
    const client = queue.connect();
    await client.send(aMessage("later", { notBefore: after(10 * MINUTE).toISOString() }));
    await clock.advance(5 * MINUTE);
    await client.send(aMessage("sooner"));
    expect(queue.nextDueAt()).toBe(clock.nowMs());
    const sooner = await taken(client.take());
    expect(sooner.messageId).toBe("sooner");
    await sooner.complete();
    expect(await client.take()).toBeUndefined();
    expect(queue.nextDueAt()).toBe(after(10 * MINUTE).getTime());
    await clock.advance(5 * MINUTE);
    const later = await taken(client.take());
    expect(later.messageId).toBe("later");
    await later.complete();
  });

  test("a message id is taken once within an hour, and again after it", async () => {
    const { queue, clock } = await setup();
    const client = queue.connect();
    await client.send(aMessage("a"));
    await (await taken(client.take())).complete();
    await client.send(aMessage("a"));
    expect(queue.isEmpty()).toBe(true);
    await clock.advance(HOUR + MINUTE);
    await client.send(aMessage("a"));
    expect(queue.isEmpty()).toBe(false);
  });

  test("a message that is given back comes again, and the tenth time ends in the dead letters", async () => {
    const { queue } = await setup();
    const client = queue.connect();
    await client.send(aMessage("a"));
    for (let tries = 0; tries < 10; tries++) {
      expect(await client.takeDeadLetter()).toBeUndefined();
      await (await taken(client.take())).abandon();
    }
    expect(await client.take()).toBeUndefined();
    expect(queue.isEmpty()).toBe(false);
    const dead = await taken(client.takeDeadLetter());
    expect(dead).toMatchObject({ messageId: "a", body: { about: "a" } });
    await dead.complete();
    expect(queue.isEmpty()).toBe(true);
  });

  test("a lock that runs out gives the message to the next, and the first can no longer complete it", async () => {
    const { queue, clock } = await setup();
    const [one, other] = [queue.connect(), queue.connect()];
    await one.send(aMessage("a"));
    const slept = await taken(one.take());
    await clock.advance(59 * SECOND);
    expect(await other.take()).toBeUndefined();
    await clock.advance(2 * SECOND);
    const again = await taken(other.take());
    expect(again.messageId).toBe("a");
    await expect(slept.complete()).rejects.toThrow();
    await again.complete();
    expect(queue.isEmpty()).toBe(true);
  });

  test("a lock that is renewed is held for another minute", async () => {
    const { queue, clock } = await setup();
    const [one, other] = [queue.connect(), queue.connect()];
    await one.send(aMessage("a"));
    const delivery = await taken(one.take());
    await clock.advance(40 * SECOND);
    await delivery.renew();
    await clock.advance(40 * SECOND);
    expect(await other.take()).toBeUndefined();
    await delivery.complete();
    expect(queue.isEmpty()).toBe(true);
  });

  test("who loses the lock cannot complete the message any more", async () => {
    const { queue } = await setup();
    const [one, other] = [queue.connect(), queue.connect()];
    await one.send(aMessage("a"));
    const lost = await taken(one.take());
    await lost.loseLock();
    const again = await taken(other.take());
    await expect(lost.complete()).rejects.toThrow();
    await lost.abandon();
    await again.complete();
    expect(queue.isEmpty()).toBe(true);
  });

  test("what a process held that is gone, another one gets", async () => {
    const { queue } = await setup();
    const [one, other] = [queue.connect(), queue.connect()];
    await one.send(aMessage("a"));
    await taken(one.take());
    await one.cut();
    const again = await taken(other.take());
    expect(again.messageId).toBe("a");
    await again.complete();
    expect(queue.isEmpty()).toBe(true);
  });
});
