import { once } from "node:events";
import { connect } from "node:net";
import { types } from "rhea";
import { receiveOne, receiverOf, send, setup } from "./broker-fixture";
import { management, rawClient, sendRaw } from "./raw-client";

const BATCH_FORMAT = 0x80013700;

test("message and session ids of more than 128 characters are refused", async () => {
  const { bus } = await setup({ name: "changes", requiresSession: true });
  const sender = await (await rawClient(bus)).openSender("changes");
  const longest = "x".repeat(128);
  expect(await sendRaw(sender, { message_id: longest, group_id: longest, body: 1 })).toBeUndefined();
  expect(await sendRaw(sender, { message_id: `${longest}x`, group_id: "A", body: 1 })).toMatchObject({
    condition: "com.microsoft:argument-error",
    description: expect.stringContaining("MessageId has 129 characters") as string,
  });
  expect(await sendRaw(sender, { message_id: "1", group_id: `${longest}x`, body: 1 })).toMatchObject({
    condition: "com.microsoft:argument-error",
    description: expect.stringContaining("SessionId has 129 characters") as string,
  });
  expect(bus.counts("changes").active).toBe(1);
});

test("a batch that is too large is refused as a whole", async () => {
  const { bus } = await setup({ name: "orders" });
  const sender = await (await rawClient(bus)).openSender("orders");
  expect(await sendRaw(sender, Buffer.alloc(256 * 1024 + 1), BATCH_FORMAT)).toMatchObject({
    condition: "amqp:link:message-size-exceeded",
  });
});

test("a batch that is no batch is refused, and the broker goes on", async () => {
  const { bus, client } = await setup({ name: "orders" });
  const sender = await (await rawClient(bus)).openSender("orders");
  expect(await sendRaw(sender, Buffer.from([1, 2, 3]), BATCH_FORMAT)).toMatchObject({
    condition: "amqp:decode-error",
  });
  await send(client, "orders", { body: "still there" });
  expect((await receiveOne(receiverOf(client, "orders"))).body).toBe("still there");
});

test("bytes that are no AMQP end their connection and no other", async () => {
  const { bus, client } = await setup({ name: "orders" });
  await send(client, "orders", { body: 1 });
  const socket = connect(bus.port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\n\r\n");
  socket.resume();
  await once(socket, "close");
  await send(client, "orders", { body: 2 });
  expect(bus.counts("orders").active).toBe(2);
});

test("sessions with messages or a state are listed", async () => {
  const { bus, client } = await setup({ name: "changes", requiresSession: true });
  await send(client, "changes", { body: 1, sessionId: "A" }, { body: 1, sessionId: "B" });
  const receiver = await client.acceptSession("changes", "C", { maxAutoLockRenewalDurationInMs: 0 });
  await receiver.setSessionState("state");
  const request = await management(await rawClient(bus), "changes");
  const list = async (skip: number, top: number) =>
    (await request("get-message-sessions", { "last-updated-time": new Date(), skip, top })).body["sessions-ids"];
  expect((await list(0, 10)) as string[]).toEqual(expect.arrayContaining(["A", "B", "C"]));
  expect(await list(1, 1)).toHaveLength(1);
  expect(await request("get-message-sessions", { skip: 3, top: 10 })).toMatchObject({ statusCode: 204 });
});

test.each([
  ["an operation nobody knows", "make-coffee", {}, 501, "amqp:not-implemented"],
  ["a lock token that is none", "renew-lock", { "lock-tokens": ["no token"] }, 400, "com.microsoft:argument-error"],
  [
    "a lock that is not held",
    "renew-lock",
    { "lock-tokens": [Buffer.alloc(16)] },
    410,
    "com.microsoft:message-lock-lost",
  ],
  ["a peek from no number", "peek-message", { "message-count": 1 }, 400, "com.microsoft:argument-error"],
  ["no body", "schedule-message", { messages: ["x"] }, 400, "com.microsoft:argument-error"],
  [
    "a disposition nobody knows",
    "update-disposition",
    { "lock-tokens": [Buffer.alloc(16)] },
    400,
    "com.microsoft:argument-error",
  ],
  ["no session", "renew-session-lock", {}, 400, "com.microsoft:argument-error"],
  ["a session nobody holds", "renew-session-lock", { "session-id": "A" }, 410, "com.microsoft:session-lock-lost"],
])(
  "a management request with %s is refused with a reason",
  async (_name, operation, body, statusCode, errorCondition) => {
    const { bus } = await setup({ name: "orders" });
    const request = await management(await rawClient(bus), "orders");
    expect(await request(operation, body)).toMatchObject({ statusCode, errorCondition });
  },
);

test("the lock of a message in a session is not renewed alone", async () => {
  const { bus, client } = await setup({ name: "changes", requiresSession: true });
  await send(client, "changes", { body: 1, sessionId: "A" });
  const session = await client.acceptSession("changes", "A", { maxAutoLockRenewalDurationInMs: 0 });
  const [message] = await session.receiveMessages(1);
  const token = Buffer.from((message?.lockToken ?? "").replaceAll("-", ""), "hex");
  const request = await management(await rawClient(bus), "changes");
  expect(await request("renew-lock", { "lock-tokens": types.wrap_array([token], 0x98, undefined) })).toMatchObject({
    statusCode: 400,
    errorCondition: "amqp:not-allowed",
  });
});

test("a client that is gone while it waits does not get the next session", async () => {
  const { bus, client } = await setup({ name: "changes", requiresSession: true });
  const gone = await rawClient(bus);
  gone.startReceiver({ source: { address: "changes", filter: { "com.microsoft:session-filter": null } } });
  await gone.settled();
  gone.kill();
  await send(client, "changes", { body: 1, sessionId: "A" });
  const next = await client.acceptNextSession("changes", { maxAutoLockRenewalDurationInMs: 0 });
  expect(next.sessionId).toBe("A");
});
