import { MINUTE_MS, receive, receiveNow, receiveOne, receiverOf, send, setup, START } from "./broker-fixture";

const HOUR_MS = 60 * MINUTE_MS;
const inMinutes = (minutes: number) => new Date(START.getTime() + minutes * MINUTE_MS);

test("a scheduled message comes at its time, not before, behind what was sent meanwhile", async () => {
  const { bus, clock, client } = await setup({ name: "orders" });
  const sender = client.createSender("orders");
  await sender.scheduleMessages([{ body: "scheduled" }], inMinutes(10));
  await sender.sendMessages({ body: "scheduled too", scheduledEnqueueTimeUtc: inMinutes(10) });
  await sender.sendMessages({ body: "at once" });
  expect(bus.counts("orders")).toEqual({ active: 1, scheduled: 2, deferred: 0, deadLetter: 0 });

  await clock.advance(10 * MINUTE_MS - 1);
  expect(bus.counts("orders").scheduled).toBe(2);
  await clock.advance(1);

  const messages = await receive(receiverOf(client, "orders"), 3);
  expect(messages.map(({ body }) => body as string)).toEqual(["at once", "scheduled", "scheduled too"]);
  expect(messages[1]).toMatchObject({ enqueuedTimeUtc: inMinutes(10), scheduledEnqueueTimeUtc: inMinutes(10) });
  expect(messages.map(({ sequenceNumber }) => sequenceNumber?.toNumber())).toEqual([3, 4, 5]);
});

test("a receiver that waits gets a scheduled message when its time comes", async () => {
  const { clock, client } = await setup({ name: "orders" });
  await client.createSender("orders").scheduleMessages({ body: "due" }, inMinutes(1));
  const receiver = receiverOf(client, "orders");
  expect(await receiveNow(receiver)).toEqual([]);
  const waiting = receiveOne(receiver);
  await clock.advance(MINUTE_MS);
  expect((await waiting).body).toBe("due");
});

test("messages scheduled for the past are there at once", async () => {
  const { bus, client } = await setup({ name: "orders" });
  await client.createSender("orders").scheduleMessages({ body: "overdue" }, inMinutes(-5));
  expect(bus.counts("orders")).toMatchObject({ active: 1, scheduled: 0 });
});

test("a scheduled message can be cancelled once, and not after its time", async () => {
  const { bus, clock, client } = await setup({ name: "orders" });
  const sender = client.createSender("orders");
  const [first, second] = await sender.scheduleMessages([{ body: 1 }, { body: 2 }], inMinutes(10));
  await sender.cancelScheduledMessages(first!);
  await expect(sender.cancelScheduledMessages(first!)).rejects.toMatchObject({ code: "MessageNotFound" });
  await clock.advance(10 * MINUTE_MS);
  await expect(sender.cancelScheduledMessages(second!)).rejects.toMatchObject({ code: "MessageNotFound" });
  expect(bus.peek("orders")).toMatchObject([{ body: 2, state: "active" }]);
});

test("cancelling several scheduled messages cancels none of them when one is gone", async () => {
  const { bus, client } = await setup({ name: "orders" });
  const sender = client.createSender("orders");
  const [first, second] = await sender.scheduleMessages([{ body: 1 }, { body: 2 }], inMinutes(10));
  await sender.cancelScheduledMessages(first!);
  await expect(sender.cancelScheduledMessages([second!, first!])).rejects.toMatchObject({ code: "MessageNotFound" });
  expect(bus.counts("orders").scheduled).toBe(1);
});

describe("duplicate detection", () => {
  const QUEUE = {
    name: "orders",
    requiresDuplicateDetection: true,
    duplicateDetectionHistoryTimeWindow: "PT1H",
  };

  test("drops a message whose id was sent within the window, however it is sent", async () => {
    const { bus, clock, client } = await setup(QUEUE);
    const sender = client.createSender("orders");
    await sender.sendMessages({ body: 1, messageId: "same" });
    await sender.sendMessages({ body: 2, messageId: "same" });
    await sender.sendMessages([
      { body: 3, messageId: "same" },
      { body: 4, messageId: "other" },
    ]);
    await sender.scheduleMessages({ body: 5, messageId: "same" }, inMinutes(1));
    await clock.advance(HOUR_MS - 1);
    await sender.sendMessages({ body: 6, messageId: "same" });
    expect(bus.peek("orders").map(({ body }) => body)).toEqual([1, 4]);
  });

  test("takes the id again when the window has passed since the first one", async () => {
    const { bus, clock, client } = await setup(QUEUE);
    await send(client, "orders", { body: 1, messageId: "same" });
    await clock.advance(HOUR_MS / 2);
    await send(client, "orders", { body: 2, messageId: "same" });
    await clock.advance(HOUR_MS / 2);
    await send(client, "orders", { body: 3, messageId: "same" });
    expect(bus.peek("orders").map(({ body }) => body)).toEqual([1, 3]);
  });

  test("remembers an id after its message is done", async () => {
    const { bus, client } = await setup(QUEUE);
    await send(client, "orders", { body: 1, messageId: "same" });
    const receiver = receiverOf(client, "orders");
    await receiver.completeMessage(await receiveOne(receiver));
    await send(client, "orders", { body: 2, messageId: "same" });
    expect(bus.counts("orders").active).toBe(0);
  });

  test("is off where the queue does not ask for it", async () => {
    const { bus, client } = await setup({ name: "orders" });
    await send(client, "orders", { body: 1, messageId: "same" }, { body: 2, messageId: "same" });
    expect(bus.counts("orders").active).toBe(2);
  });
});

describe("expiry", () => {
  test("moves a message to the dead-letter queue where the queue says so", async () => {
    const { bus, clock, client } = await setup({ name: "orders", deadLetteringOnMessageExpiration: true });
    await send(client, "orders", { body: "short", timeToLive: MINUTE_MS }, { body: "long" });
    await clock.advance(MINUTE_MS);
    expect(bus.deadLetters("orders")).toMatchObject([{ body: "short", deadLetterReason: "TTLExpiredException" }]);
    const deadLetters = receiverOf(client, "orders", { subQueueType: "deadLetter" });
    expect(await receiveOne(deadLetters)).toMatchObject({ body: "short", deadLetterReason: "TTLExpiredException" });
    expect(bus.peek("orders")).toMatchObject([{ body: "long" }]);
  });

  test("drops the message elsewhere", async () => {
    const { bus, clock, client } = await setup({ name: "orders" });
    await send(client, "orders", { body: "short", timeToLive: MINUTE_MS });
    await clock.advance(MINUTE_MS);
    expect(bus.counts("orders")).toEqual({ active: 0, scheduled: 0, deferred: 0, deadLetter: 0 });
  });

  test("comes after the queue's time to live, even if the sender wanted a longer one", async () => {
    const { bus, clock, client } = await setup({
      name: "orders",
      defaultMessageTimeToLive: "P14D",
      deadLetteringOnMessageExpiration: true,
    });
    await send(client, "orders", { body: "default" }, { body: "too long", timeToLive: 30 * 24 * HOUR_MS });
    await clock.advance(14 * 24 * HOUR_MS - 1);
    expect(bus.counts("orders")).toMatchObject({ active: 2, deadLetter: 0 });
    await clock.advance(1);
    expect(bus.counts("orders")).toMatchObject({ active: 0, deadLetter: 2 });
  });

  test("spares a message while it is locked, and strikes when it is given back", async () => {
    const { bus, clock, client } = await setup({ name: "orders", deadLetteringOnMessageExpiration: true });
    await send(client, "orders", { body: "held", timeToLive: 1000 });
    const receiver = receiverOf(client, "orders");
    const message = await receiveOne(receiver);
    await clock.advance(2000);
    expect(bus.counts("orders")).toMatchObject({ active: 1, deadLetter: 0 });
    await receiver.abandonMessage(message);
    expect(bus.deadLetters("orders")).toMatchObject([{ body: "held", deadLetterReason: "TTLExpiredException" }]);
  });

  test("counts from the time a message was scheduled for", async () => {
    const { bus, clock, client } = await setup({ name: "orders", deadLetteringOnMessageExpiration: true });
    await client.createSender("orders").scheduleMessages({ body: 1, timeToLive: MINUTE_MS }, inMinutes(10));
    await clock.advance(11 * MINUTE_MS - 1);
    expect(bus.counts("orders")).toMatchObject({ active: 1, deadLetter: 0 });
    await clock.advance(1);
    expect(bus.counts("orders")).toMatchObject({ active: 0, deadLetter: 1 });
  });
});
