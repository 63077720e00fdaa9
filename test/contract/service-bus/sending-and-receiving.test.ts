import { randomBytes } from "node:crypto";
import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import { newClient, receive, receiveNow, receiveOne, receiverOf, send, setup, START, until } from "./broker-fixture";

test("a message arrives with everything its sender wrote and what the service adds", async () => {
  const { bus, client } = await setup({ name: "orders" });
  await send(client, "orders", {
    body: { hello: "wörld", price: 1.5 },
    messageId: "m1",
    correlationId: "c1",
    subject: "subject",
    contentType: "application/json",
    applicationProperties: { count: 1, name: "x", on: true, when: new Date(5) },
    timeToLive: 100_000,
    partitionKey: "key",
    to: "to",
    replyTo: "reply",
  });

  const receiver = receiverOf(client, "orders");
  const message = await receiveOne(receiver);

  expect(message).toMatchObject({
    body: { hello: "wörld", price: 1.5 },
    messageId: "m1",
    correlationId: "c1",
    subject: "subject",
    contentType: "application/json",
    applicationProperties: { count: 1, name: "x", on: true, when: 5 },
    timeToLive: 100_000,
    partitionKey: "key",
    to: "to",
    replyTo: "reply",
    deliveryCount: 0,
    state: "active",
    enqueuedTimeUtc: START,
  });
  expect(message.sequenceNumber?.toNumber()).toBe(1);
  expect(message.lockToken).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  await receiver.completeMessage(message);
  expect(bus.counts("orders")).toEqual({ active: 0, scheduled: 0, deferred: 0, deadLetter: 0 });
});

test("the end of a lock is told in the machine's time, by which the client renews", async () => {
  const { client } = await setup({ name: "orders", lockDuration: "PT30S" });
  await send(client, "orders", { body: 1 });
  const { lockedUntilUtc } = await receiveOne(receiverOf(client, "orders"));
  const holdsForMs = (lockedUntilUtc?.getTime() ?? 0) - Date.now();
  expect(holdsForMs).toBeGreaterThan(20_000);
  expect(holdsForMs).toBeLessThanOrEqual(30_000);
});

test.each([
  ["text", "text"],
  ["a buffer", Buffer.from([0, 1, 255])],
  ["a list", [1, "two", null]],
  ["a number", 42.5],
  ["nothing", null],
  ["an object", { deep: { list: [true] } }],
])("a body that is %s arrives unchanged", async (_name, body) => {
  const { client } = await setup({ name: "orders" });
  await send(client, "orders", { body });
  expect((await receiveOne(receiverOf(client, "orders"))).body).toEqual(body);
});

test("a message without an id gets one", async () => {
  const { client } = await setup({ name: "orders" });
  await send(client, "orders", { body: 1 });
  expect((await receiveOne(receiverOf(client, "orders"))).messageId).toMatch(/^[0-9a-f]{32}$/);
});

test("messages sent alone, in a list and in a batch arrive in the order of sending", async () => {
  const { client } = await setup({ name: "orders" });
  const sender = client.createSender("orders");
  const batch = await sender.createMessageBatch();
  for (let i = 0; i < 50; i++) expect(batch.tryAddMessage({ body: i })).toBe(true);
  await sender.sendMessages(batch);
  await sender.sendMessages([{ body: 50 }, { body: 51 }]);
  await sender.sendMessages([{ body: 52 }]);
  await sender.sendMessages({ body: 53 });

  const messages = await receive(receiverOf(client, "orders"), 54);

  expect(messages.map(({ body }) => body as number)).toEqual([...Array(54).keys()]);
});

test("a receiver that deletes as it receives leaves nothing behind and nothing locked", async () => {
  const { bus, client } = await setup({ name: "orders" });
  await send(client, "orders", [{ body: "a" }, { body: "b" }]);
  const receiver = receiverOf(client, "orders", { receiveMode: "receiveAndDelete" });
  const messages = await receive(receiver, 2);
  expect(messages.map(({ body }) => body as string)).toEqual(["a", "b"]);
  expect(messages[0]?.lockToken === undefined || messages[0].lockedUntilUtc === undefined).toBe(true);
  expect(bus.peek("orders")).toEqual([]);
});

test("more than a full window of unsettled and settled messages passes through one link", async () => {
  const { bus, client } = await setup({ name: "orders" });
  const sender = client.createSender("orders");
  for (let i = 0; i < 25; i++) await sender.sendMessages([...Array(100).keys()].map((n) => ({ body: n })));
  const receiver = receiverOf(client, "orders");
  for (let received = 0; received < 2500;) {
    const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 3000 });
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    received += messages.length;
  }
  expect(bus.counts("orders").active).toBe(0);
}, 30_000);

test("sending to and receiving from a queue that does not exist is refused", async () => {
  const { client } = await setup({ name: "orders" });
  await expect(client.createSender("nope").sendMessages({ body: 1 })).rejects.toMatchObject({
    code: "MessagingEntityNotFound",
  });
  await expect(receiverOf(client, "nope").receiveMessages(1, { maxWaitTimeInMs: 500 })).rejects.toMatchObject({
    code: "MessagingEntityNotFound",
  });
  await expect(receiverOf(client, "nope").peekMessages(1)).rejects.toMatchObject({ code: "MessagingEntityNotFound" });
});

test("nobody can send to a dead-letter queue", async () => {
  const { client } = await setup({ name: "orders" });
  await expect(client.createSender("orders/$DeadLetterQueue").sendMessages({ body: 1 })).rejects.toThrow(
    "Nobody sends to a dead-letter queue",
  );
});

test("queue names do not depend on upper and lower case", async () => {
  const { bus, client } = await setup({ name: "Orders" });
  await send(client, "oRDERS", { body: 1 });
  expect(bus.counts("orders").active).toBe(1);
});

test("a message larger than 256 KiB is refused, one just below is not", async () => {
  const { bus, client } = await setup({ name: "orders" });
  await send(client, "orders", { body: randomBytes(255 * 1024) });
  await expect(send(client, "orders", { body: randomBytes(256 * 1024) })).rejects.toMatchObject({
    code: "MessageSizeExceeded",
  });
  await expect(
    send(client, "orders", [{ body: randomBytes(140 * 1024) }, { body: randomBytes(140 * 1024) }]),
  ).rejects.toThrow();
  expect(bus.counts("orders").active).toBe(1);
  expect((await receiveOne(receiverOf(client, "orders"))).body).toHaveLength(255 * 1024);
});

test("a batch tells its client when it is full", async () => {
  const { client } = await setup({ name: "orders" });
  const batch = await client.createSender("orders").createMessageBatch();
  expect(batch.maxSizeInBytes).toBe(256 * 1024);
  expect(batch.tryAddMessage({ body: randomBytes(200 * 1024) })).toBe(true);
  expect(batch.tryAddMessage({ body: randomBytes(100 * 1024) })).toBe(false);
});

test("a message is delivered as soon as it is sent to a receiver that waits", async () => {
  const { bus, client } = await setup({ name: "orders" });
  const receiver = receiverOf(client, "orders");
  const waiting = receiveOne(receiver);
  await send(newClient(bus), "orders", { body: "late" });
  expect((await waiting).body).toBe("late");
});

test("a receiver that got nothing can ask again and gets what came in between", async () => {
  const { client } = await setup({ name: "orders" });
  const receiver = receiverOf(client, "orders");
  expect(await receiveNow(receiver)).toEqual([]);
  expect(await receiveNow(receiver)).toEqual([]);
  await send(client, "orders", [{ body: 1 }, { body: 2 }]);
  expect((await receiveNow(receiver)).map(({ body }) => body as number)).toEqual([1, 2]);
});

test("subscribers work on as many messages at once as they want, complete them, and retry what failed", async () => {
  const { bus, client } = await setup({ name: "orders", maxDeliveryCount: 3 });
  let running = 0;
  let most = 0;
  const seen: unknown[] = [];
  const subscription = receiverOf(client, "orders").subscribe(
    {
      processMessage: async (message: ServiceBusReceivedMessage) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 10));
        running--;
        seen.push(message.body);
        if (message.body === "bad") throw new Error("cannot handle it");
      },
      processError: () => Promise.resolve(),
    },
    { maxConcurrentCalls: 5 },
  );
  await send(
    client,
    "orders",
    [...Array(20).keys()].map((body) => ({ body })),
    { body: "bad" },
  );

  await until(() => bus.counts("orders").active === 0, "the queue is empty");

  expect(most).toBe(5);
  expect(seen.filter((body) => body === "bad")).toHaveLength(3);
  expect(new Set(seen).size).toBe(21);
  expect(bus.deadLetters("orders").map(({ body }) => body)).toEqual(["bad"]);
  await subscription.close();
});

test("competing receivers share the messages evenly", async () => {
  const { bus, client } = await setup({ name: "orders" });
  const counts = [0, 0];
  [client, newClient(bus)].forEach((each, index) => {
    receiverOf(each, "orders").subscribe({
      processMessage: () => {
        counts[index] = (counts[index] ?? 0) + 1;
        return Promise.resolve();
      },
      processError: () => Promise.resolve(),
    });
  });
  await Promise.all([receiveNow(receiverOf(client, "orders")), receiveNow(receiverOf(client, "orders"))]);
  const sender = client.createSender("orders");
  for (let i = 0; i < 40; i++) await sender.sendMessages({ body: i });
  await until(() => bus.counts("orders").active === 0, "the queue is empty");
  expect(counts[0]).toBeGreaterThan(15);
  expect(counts[1]).toBeGreaterThan(15);
  expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(40);
});
