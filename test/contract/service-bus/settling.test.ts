import { MINUTE_MS, receiveNow, receiveOne, receiverOf, send, setup } from "./broker-fixture";

const ORDERS = { name: "orders", lockDuration: "PT1M", maxDeliveryCount: 3 };

test("an abandoned message comes again, with what the receiver noted on it, until it was delivered too often", async () => {
  const { bus, client } = await setup(ORDERS);
  await send(client, "orders", { body: "poison", messageId: "p1" });
  const receiver = receiverOf(client, "orders");
  const counts: unknown[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const message = await receiveOne(receiver);
    counts.push(message.deliveryCount);
    await receiver.abandonMessage(message, { attempt });
  }
  expect(counts).toEqual([0, 1, 2]);
  expect(await receiveNow(receiver)).toEqual([]);

  const deadLetters = receiverOf(client, "orders", { subQueueType: "deadLetter" });
  const dead = await receiveOne(deadLetters);
  expect(dead).toMatchObject({
    body: "poison",
    messageId: "p1",
    deadLetterReason: "MaxDeliveryCountExceeded",
    deadLetterErrorDescription: "Message could not be consumed after 3 delivery attempts.",
    deadLetterSource: "orders",
    applicationProperties: { attempt: 2 },
  });
  await deadLetters.completeMessage(dead);
  expect(bus.counts("orders")).toEqual({ active: 0, scheduled: 0, deferred: 0, deadLetter: 0 });
});

test("an abandoned message takes its old place before newer ones", async () => {
  const { client } = await setup(ORDERS);
  await send(client, "orders", [{ body: 1 }, { body: 2 }, { body: 3 }]);
  const receiver = receiverOf(client, "orders");
  await receiver.abandonMessage(await receiveOne(receiver));
  expect((await receiveOne(receiver)).body).toBe(1);
  expect((await receiveOne(receiver)).body).toBe(2);
});

test("a message can be dead-lettered with a reason, and looked at there without taking it", async () => {
  const { bus, client } = await setup(ORDERS);
  await send(client, "orders", { body: "bad", applicationProperties: { kept: "yes" } });
  const receiver = receiverOf(client, "orders");
  await receiver.deadLetterMessage(await receiveOne(receiver), {
    deadLetterReason: "NotReadable",
    deadLetterErrorDescription: "The body is none of the known messages.",
    added: "too",
  });

  const deadLetters = receiverOf(client, "orders", { subQueueType: "deadLetter" });
  const expected = {
    body: "bad",
    deadLetterReason: "NotReadable",
    deadLetterErrorDescription: "The body is none of the known messages.",
    applicationProperties: { kept: "yes", added: "too" },
  };
  expect(await deadLetters.peekMessages(5)).toMatchObject([expected]);
  expect(bus.deadLetters("orders")).toMatchObject([
    {
      body: "bad",
      deadLetterReason: "NotReadable",
      deadLetterDescription: "The body is none of the known messages.",
      locked: false,
    },
  ]);
  expect(await receiveOne(deadLetters)).toMatchObject(expected);
});

test("a message in the dead-letter queue stays there however often it is given back, and cannot be dead-lettered again", async () => {
  const { bus, client } = await setup(ORDERS);
  await send(client, "orders", { body: "bad" });
  const receiver = receiverOf(client, "orders");
  await receiver.deadLetterMessage(await receiveOne(receiver));
  const deadLetters = receiverOf(client, "orders", { subQueueType: "deadLetter" });
  for (let i = 0; i < 5; i++) await deadLetters.abandonMessage(await receiveOne(deadLetters));
  await expect(deadLetters.deadLetterMessage(await receiveOne(deadLetters))).rejects.toThrow(
    "in a dead-letter queue already",
  );
  expect(bus.counts("orders").deadLetter).toBe(1);
});

test("a message whose lock ran out is given to somebody else, and the first receiver cannot settle it any more", async () => {
  const { clock, client } = await setup(ORDERS);
  await send(client, "orders", { body: "slow" });
  const receiver = receiverOf(client, "orders");
  const slow = await receiveOne(receiver);

  await clock.advance(MINUTE_MS - 1);
  expect(await receiveNow(receiver)).toEqual([]);
  await clock.advance(1);

  const again = await receiveOne(receiver);
  expect(again.deliveryCount).toBe(1);
  await expect(receiver.completeMessage(slow)).rejects.toMatchObject({ code: "MessageLockLost" });
  await receiver.completeMessage(again);
});

test("a renewed lock holds for its whole duration again; a lost one cannot be renewed", async () => {
  const { bus, clock, client } = await setup(ORDERS);
  await send(client, "orders", { body: "long" });
  const receiver = receiverOf(client, "orders");
  const message = await receiveOne(receiver);
  await clock.advance(MINUTE_MS - 1);
  const until = await receiver.renewMessageLock(message);
  expect(until.getTime() - Date.now()).toBeGreaterThan(MINUTE_MS - 5000);
  await clock.advance(MINUTE_MS - 1);
  await receiver.renewMessageLock(message);
  await clock.advance(MINUTE_MS);
  await expect(receiver.renewMessageLock(message)).rejects.toMatchObject({ code: "MessageLockLost" });
  expect(bus.peek("orders")).toMatchObject([{ deliveryCount: 1, locked: false }]);
});

test("the client's own lock renewal keeps a message while the platform's clock runs ahead", async () => {
  const { clock, client } = await setup({ ...ORDERS, lockDuration: "PT2S" });
  await send(client, "orders", { body: "long" });
  const receiver = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: MINUTE_MS });
  const message = await receiveOne(receiver);
  await new Promise((resolve) => setTimeout(resolve, 1300));
  await clock.advance(1500);
  await receiver.completeMessage(message);
  expect(message.deliveryCount).toBe(0);
});

test("a deferred message is given only to who asks for its number, and can be given back and settled", async () => {
  const { bus, client } = await setup(ORDERS);
  await send(client, "orders", { body: "later" });
  const receiver = receiverOf(client, "orders");
  const message = await receiveOne(receiver);
  await receiver.deferMessage(message, { why: "too early" });
  expect(await receiveNow(receiver)).toEqual([]);
  expect(bus.counts("orders")).toEqual({ active: 0, scheduled: 0, deferred: 1, deadLetter: 0 });

  const number = message.sequenceNumber!;
  const [deferred] = await receiver.receiveDeferredMessages(number);
  expect(deferred).toMatchObject({ body: "later", state: "deferred", applicationProperties: { why: "too early" } });
  await expect(receiver.receiveDeferredMessages(number)).rejects.toMatchObject({ code: "MessageNotFound" });
  await receiver.abandonMessage(deferred!);

  const [again] = await receiver.receiveDeferredMessages(number);
  expect(again).toMatchObject({ state: "deferred", deliveryCount: 1 });
  await receiver.completeMessage(again!);
  expect(bus.peek("orders")).toEqual([]);
});

test("a deferred message can be dead-lettered, and can be taken for good", async () => {
  const { bus, client } = await setup(ORDERS);
  await send(client, "orders", { body: 1 }, { body: 2 });
  const receiver = receiverOf(client, "orders");
  const first = await receiveOne(receiver);
  const second = await receiveOne(receiver);
  await receiver.deferMessage(first);
  await receiver.deferMessage(second);

  const [dead] = await receiver.receiveDeferredMessages(first.sequenceNumber!);
  await receiver.deadLetterMessage(dead!, { deadLetterReason: "TooLate", deadLetterErrorDescription: "Too late." });
  const taker = receiverOf(client, "orders", { receiveMode: "receiveAndDelete" });
  expect(await taker.receiveDeferredMessages(second.sequenceNumber!)).toMatchObject([{ body: 2 }]);

  expect(bus.deadLetters("orders")).toMatchObject([{ body: 1, deadLetterReason: "TooLate" }]);
  expect(bus.counts("orders").deferred).toBe(0);
});

test("the lock of a deferred message runs out too, and it stays deferred", async () => {
  const { bus, clock, client } = await setup(ORDERS);
  await send(client, "orders", { body: "later" });
  const receiver = receiverOf(client, "orders");
  const message = await receiveOne(receiver);
  await receiver.deferMessage(message);
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber!);
  await clock.advance(MINUTE_MS);
  await expect(receiver.completeMessage(deferred!)).rejects.toMatchObject({ code: "MessageLockLost" });
  expect(bus.peek("orders")).toMatchObject([{ state: "deferred", deliveryCount: 1, locked: false }]);
});

test("peeking shows messages of every state in order, from a number on, and locks none", async () => {
  const { bus, clock, client } = await setup(ORDERS);
  const sender = client.createSender("orders");
  await sender.sendMessages([{ body: "locked" }, { body: "deferred" }, { body: "free" }]);
  await sender.scheduleMessages({ body: "scheduled" }, new Date(clock.nowMs() + MINUTE_MS));
  const receiver = receiverOf(client, "orders");
  await receiveOne(receiver);
  await receiver.deferMessage(await receiveOne(receiver));

  const browser = receiverOf(client, "orders");
  expect((await browser.peekMessages(10)).map(({ body, state }) => [body as string, state])).toEqual([
    ["locked", "active"],
    ["deferred", "deferred"],
    ["free", "active"],
    ["scheduled", "scheduled"],
  ]);
  expect(await browser.peekMessages(10)).toEqual([]);
  expect(bus.peek("orders").map(({ body, locked }) => [body, locked])).toEqual([
    ["locked", true],
    ["deferred", false],
    ["free", false],
    ["scheduled", false],
  ]);
});
