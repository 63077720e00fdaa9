import type { ServiceBusSessionReceiver } from "@azure/service-bus";
import {
  MINUTE_MS,
  newClient,
  receive,
  receiveNow,
  receiveOne,
  receiverOf,
  send,
  setup,
  until,
} from "./broker-fixture";

const CHANGES = { name: "changes", requiresSession: true, lockDuration: "PT1M", maxDeliveryCount: 3 };
/** The clock of these tests stands still, so no automatic renewal. */
const NO_RENEWAL = { maxAutoLockRenewalDurationInMs: 0 };

const bodies = (messages: { body: unknown }[]) => messages.map(({ body }) => body);

async function completeAll(receiver: ServiceBusSessionReceiver, count: number): Promise<unknown[]> {
  const messages = await receive(receiver, count);
  for (const message of messages) await receiver.completeMessage(message);
  return bodies(messages);
}

test("a queue with sessions takes no message without a session, and no receiver without one", async () => {
  const { client } = await setup(CHANGES, { name: "sync" });
  await expect(send(client, "changes", { body: 1 })).rejects.toThrow(/session id/i);
  await expect(receiverOf(client, "changes").receiveMessages(1, { maxWaitTimeInMs: 500 })).rejects.toThrow(
    "requires sessions",
  );
  await expect(client.acceptSession("sync", "A", NO_RENEWAL)).rejects.toMatchObject({ code: "SessionCannotBeLocked" });
});

test("when one message of a batch is not acceptable, none of it is taken", async () => {
  const { bus, client } = await setup(CHANGES);
  const sender = client.createSender("changes");
  const batch = await sender.createMessageBatch();
  batch.tryAddMessage({ body: 1, sessionId: "A" });
  batch.tryAddMessage({ body: 2 });
  await expect(sender.sendMessages(batch)).rejects.toThrow(/session id/i);
  expect(bus.counts("changes").active).toBe(0);
});

test("the receiver of a session gets its messages alone, in their order", async () => {
  const { bus, client } = await setup(CHANGES);
  for (const body of [0, 1, 2]) {
    await send(client, "changes", { body: `A${body}`, sessionId: "A" }, { body: `B${body}`, sessionId: "B" });
  }
  const receiver = await client.acceptSession("changes", "A", NO_RENEWAL);
  expect(receiver.sessionId).toBe("A");
  const holdsForMs = receiver.sessionLockedUntilUtc.getTime() - Date.now();
  expect(holdsForMs).toBeGreaterThan(MINUTE_MS - 5000);
  expect(holdsForMs).toBeLessThanOrEqual(MINUTE_MS);
  expect(await completeAll(receiver, 3)).toEqual(["A0", "A1", "A2"]);
  expect(bus.peek("changes").map(({ sessionId }) => sessionId)).toEqual(["B", "B", "B"]);
});

test("a session has one receiver at a time, and is free when that one closes", async () => {
  const { bus, client } = await setup(CHANGES);
  const other = newClient(bus);
  const first = await client.acceptSession("changes", "A", NO_RENEWAL);
  await expect(other.acceptSession("changes", "A", NO_RENEWAL)).rejects.toMatchObject({
    code: "SessionCannotBeLocked",
  });
  await first.close();
  const second = await other.acceptSession("changes", "A", NO_RENEWAL);
  expect(second.sessionId).toBe("A");
});

test("the next session is one with messages that nobody holds, the longest waiting first", async () => {
  const { client } = await setup(CHANGES);
  await send(client, "changes", ...["A", "B", "C"].map((sessionId) => ({ body: sessionId, sessionId })));
  await client.acceptSession("changes", "A", NO_RENEWAL);
  const next = await client.acceptNextSession("changes", NO_RENEWAL);
  expect(next.sessionId).toBe("B");
  expect((await client.acceptNextSession("changes", NO_RENEWAL)).sessionId).toBe("C");
  expect(await completeAll(next, 1)).toEqual(["B"]);
});

test("who asks for the next session waits until there is a message", async () => {
  const { bus, client } = await setup(CHANGES);
  const waiting = client.acceptNextSession("changes", NO_RENEWAL);
  await send(newClient(bus), "changes", { body: "late", sessionId: "L" });
  const receiver = await waiting;
  expect(receiver.sessionId).toBe("L");
  expect(await completeAll(receiver, 1)).toEqual(["late"]);
});

test("several who wait get one session each", async () => {
  const { bus, client } = await setup(CHANGES);
  const waiting = [1, 2, 3].map(() => client.acceptNextSession("changes", NO_RENEWAL));
  await send(
    newClient(bus),
    "changes",
    ["X", "Y", "Z"].map((sessionId) => ({ body: 1, sessionId })),
  );
  const sessions = await Promise.all(waiting);
  expect(sessions.map(({ sessionId }) => sessionId).sort()).toEqual(["X", "Y", "Z"]);
});

test("who waits for a session in vain is told so in time, and leaves nothing locked behind", async () => {
  const { bus } = await setup(CHANGES);
  const impatient = newClient(bus, 1000);
  await expect(impatient.acceptNextSession("changes", NO_RENEWAL)).rejects.toMatchObject({ code: "ServiceTimeout" });
  await send(impatient, "changes", { body: 1, sessionId: "A" });
  expect((await impatient.acceptNextSession("changes", NO_RENEWAL)).sessionId).toBe("A");
});

test("a session lost to time goes to the next receiver, its message counts as delivered", async () => {
  const { clock, client } = await setup(CHANGES);
  await send(client, "changes", { body: "x", sessionId: "A" });
  const receiver = await client.acceptSession("changes", "A", NO_RENEWAL);
  const message = await receiveOne(receiver);

  await clock.advance(MINUTE_MS);
  await until(() => receiver.isClosed, "the client knows that its session is lost");

  await expect(receiver.completeMessage(message)).rejects.toMatchObject({ code: "SessionLockLost" });
  const successor = await client.acceptNextSession("changes", NO_RENEWAL);
  expect(await receiveOne(successor)).toMatchObject({ body: "x", deliveryCount: 1 });
});

test("a renewed session is kept", async () => {
  const { clock, client } = await setup(CHANGES);
  await send(client, "changes", { body: "x", sessionId: "A" });
  const receiver = await client.acceptSession("changes", "A", NO_RENEWAL);
  const message = await receiveOne(receiver);
  await clock.advance(MINUTE_MS - 1);
  expect((await receiver.renewSessionLock()).getTime() - Date.now()).toBeGreaterThan(MINUTE_MS - 5000);
  await clock.advance(MINUTE_MS - 1);
  await receiver.completeMessage(message);
});

test("the client's own renewal keeps a session", async () => {
  const { clock, client } = await setup({ ...CHANGES, lockDuration: "PT2S" });
  await send(client, "changes", { body: "x", sessionId: "A" });
  const receiver = await client.acceptSession("changes", "A", { maxAutoLockRenewalDurationInMs: MINUTE_MS });
  const message = await receiveOne(receiver);
  await new Promise((resolve) => setTimeout(resolve, 1300));
  await clock.advance(1500);
  await receiver.completeMessage(message);
});

test("a session that is closed gives its messages back without counting a delivery", async () => {
  const { bus, client } = await setup(CHANGES);
  await send(client, "changes", { body: "x", sessionId: "A" });
  const receiver = await client.acceptSession("changes", "A", NO_RENEWAL);
  await receiveOne(receiver);
  await receiver.close();
  await until(() => bus.peek("changes")[0]?.locked === false, "the message is free");
  const successor = await client.acceptSession("changes", "A", NO_RENEWAL);
  expect(await receiveOne(successor)).toMatchObject({ deliveryCount: 0 });
});

test("a poison message at the head of a session is retried before the next one, then dead-lettered", async () => {
  const { bus, client } = await setup(CHANGES);
  await send(client, "changes", { body: "poison", sessionId: "A" }, { body: "next", sessionId: "A" });
  const receiver = await client.acceptSession("changes", "A", NO_RENEWAL);
  for (let attempt = 0; attempt < 3; attempt++) {
    const message = await receiveOne(receiver);
    expect(message.body).toBe("poison");
    await receiver.abandonMessage(message);
  }
  expect(await completeAll(receiver, 1)).toEqual(["next"]);
  expect(bus.deadLetters("changes")).toMatchObject([{ body: "poison", sessionId: "A" }]);
  const deadLetters = receiverOf(client, "changes", { subQueueType: "deadLetter" });
  expect(await receiveOne(deadLetters)).toMatchObject({ sessionId: "A", deadLetterSource: "changes" });
});

test("a session keeps a state for whoever holds it next, until it is cleared", async () => {
  const { client } = await setup(CHANGES);
  const first = await client.acceptSession("changes", "A", NO_RENEWAL);
  expect(await first.getSessionState()).toBeNull();
  await first.setSessionState({ step: 2 });
  await first.close();
  const second = await client.acceptSession("changes", "A", NO_RENEWAL);
  expect(await second.getSessionState()).toEqual({ step: 2 });
  await second.setSessionState(null);
  expect(await second.getSessionState()).toBeNull();
});

test("a receiver that lost its session can neither renew it nor touch its state, though a successor holds it", async () => {
  const { bus, clock, client } = await setup(CHANGES);
  await send(client, "changes", { body: "x", sessionId: "A" });
  const loser = await client.acceptSession("changes", "A", NO_RENEWAL);
  await clock.advance(MINUTE_MS);
  await newClient(bus).acceptSession("changes", "A", NO_RENEWAL);
  await expect(loser.renewSessionLock()).rejects.toThrow();
  await expect(loser.setSessionState("mine")).rejects.toThrow();
});

test("a deferred message of a session is given to the holder of that session", async () => {
  const { client } = await setup(CHANGES);
  await send(client, "changes", { body: "later", sessionId: "A" });
  const receiver = await client.acceptSession("changes", "A", NO_RENEWAL);
  const message = await receiveOne(receiver);
  await receiver.deferMessage(message);
  const other = await client.acceptSession("changes", "B", NO_RENEWAL);
  await expect(other.receiveDeferredMessages(message.sequenceNumber!)).rejects.toMatchObject({
    code: "MessageNotFound",
  });
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber!);
  await receiver.completeMessage(deferred!);
  expect(await receiver.peekMessages(5)).toEqual([]);
});

test("peeking in a session shows its messages only", async () => {
  const { client } = await setup(CHANGES);
  await send(client, "changes", { body: "a", sessionId: "A" }, { body: "b", sessionId: "B" });
  const receiver = await client.acceptSession("changes", "B", NO_RENEWAL);
  expect(bodies(await receiver.peekMessages(5))).toEqual(["b"]);
});

test("a message scheduled for a session makes it the next one when its time comes", async () => {
  const { clock, client } = await setup(CHANGES);
  const sender = client.createSender("changes");
  await sender.scheduleMessages({ body: "due", sessionId: "A" }, new Date(clock.nowMs() + MINUTE_MS / 2));
  const waiting = client.acceptNextSession("changes", NO_RENEWAL);
  await sender.sendMessages({ body: 1, sessionId: "B" });
  expect((await waiting).sessionId).toBe("B");
  const then = client.acceptNextSession("changes", NO_RENEWAL);
  await clock.advance(MINUTE_MS / 2);
  expect((await then).sessionId).toBe("A");
});

test("a receiver of an empty session gets what is sent to it later, and waits through empty receives", async () => {
  const { client } = await setup(CHANGES);
  const receiver = await client.acceptSession("changes", "A", NO_RENEWAL);
  expect(await receiveNow(receiver)).toEqual([]);
  await send(client, "changes", { body: "later", sessionId: "A" });
  expect(bodies(await receive(receiver, 1))).toEqual(["later"]);
});
