import { createServer } from "node:net";
import { startServiceBus } from "../../../local/service-bus/start-service-bus";
import { PortInUseError } from "../../../local/stand-in";
import { VirtualClock } from "../../../local/virtual-clock";
import { afterThisTest, newClient, receive, receiveOne, receiverOf, send, setup, until } from "./broker-fixture";
import { rawClient, sendRaw } from "./raw-client";

const DEDUPE = { name: "orders", requiresDuplicateDetection: true };

test("a port in use is told with the part's name and the port", async () => {
  const first = await startServiceBus({ queues: [DEDUPE] });
  afterThisTest(() => first.close());
  const second = startServiceBus({ queues: [DEDUPE], port: first.port });
  await expect(second).rejects.toBeInstanceOf(PortInUseError);
  await expect(second).rejects.toThrow(`Service Bus broker cannot listen on port ${first.port}`);
});

test("its address and its connection string name the loopback address and the port", async () => {
  const { bus } = await setup(DEDUPE);
  expect(bus.url).toBe(`amqp://127.0.0.1:${bus.port}`);
  expect(bus.connectionString).toBe(
    `Endpoint=sb://127.0.0.1:${bus.port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=local;UseDevelopmentEmulator=true;`,
  );
});

test("a client may use the emulator's connection string with the name localhost", async () => {
  const { bus } = await setup(DEDUPE);
  const connectionString = bus.connectionString.replace("127.0.0.1", "localhost");
  await send(newClient({ ...bus, connectionString }), "orders", { body: 1 });
  expect(bus.counts("orders").active).toBe(1);
});

test("a reset empties every queue, forgets ids and sequence numbers, and cuts the connections", async () => {
  const { bus, clock, client } = await setup(DEDUPE, { name: "changes", requiresSession: true });
  const sender = client.createSender("orders");
  await sender.sendMessages([{ body: 1, messageId: "same" }, { body: 2 }]);
  await sender.scheduleMessages({ body: 3 }, new Date(clock.nowMs() + 1000));
  const receiver = receiverOf(client, "orders");
  await receiver.deadLetterMessage(await receiveOne(receiver));
  await client.acceptSession("changes", "A");

  await bus.reset();

  expect(bus.counts("orders")).toEqual({ active: 0, scheduled: 0, deferred: 0, deadLetter: 0 });
  await clock.advance(2000);
  expect(bus.counts("orders").active).toBe(0);
  const other = newClient(bus);
  await send(other, "orders", { body: 4, messageId: "same" });
  expect(bus.peek("orders")).toMatchObject([{ sequenceNumber: 1, body: 4 }]);
  const session = await other.acceptSession("changes", "A", { maxAutoLockRenewalDurationInMs: 0 });
  expect(session.sessionId).toBe("A");
});

test("a client goes on by itself after its connection was cut", async () => {
  const { bus, clock, client } = await setup({ name: "orders" });
  const received: unknown[] = [];
  receiverOf(client, "orders").subscribe({
    processMessage: ({ body }) => Promise.resolve(void received.push(body)),
    processError: () => Promise.resolve(),
  });
  await send(client, "orders", { body: "before" });
  await until(() => bus.counts("orders").active === 0, "the first message is done");
  const scheduled = { body: "kept", scheduledEnqueueTimeUtc: new Date(clock.nowMs() + 1000) };
  await send(client, "orders", scheduled);
  await bus.cutConnections();
  await send(newClient(bus), "orders", { body: "after" });
  await clock.advance(1000);
  await until(() => received.length === 3, "the other messages are there");
  expect(received).toEqual(["before", "after", "kept"]);
});

test("what a killed client held is given to others: at once in a session, elsewhere when the lock runs out", async () => {
  const { bus, clock, client } = await setup({ name: "orders" }, { name: "changes", requiresSession: true });
  await send(client, "orders", { body: "plain" });
  await send(client, "changes", { body: "in session", sessionId: "A" });
  const killed = await rawClient(bus);
  const filter = { "com.microsoft:session-filter": "A" };
  for (const source of [{ address: "orders" }, { address: "changes", filter }]) {
    (await killed.openReceiver({ source })).add_credit(1);
  }
  await until(() => bus.peek("orders")[0]?.locked === true && bus.peek("changes")[0]?.locked === true, "both are held");

  killed.kill();

  await until(() => bus.peek("changes")[0]?.locked === false, "the session is free");
  const session = await client.acceptSession("changes", "A", { maxAutoLockRenewalDurationInMs: 0 });
  expect(await session.receiveMessages(1)).toMatchObject([{ body: "in session", deliveryCount: 0 }]);
  expect(bus.peek("orders")).toMatchObject([{ locked: true }]);
  await clock.advance(60_000);
  expect(await receive(receiverOf(client, "orders"), 1)).toMatchObject([{ body: "plain", deliveryCount: 1 }]);
});

test("closing takes less than a second with clients at work, frees the port and leaves no timer", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const clock = new VirtualClock();
  const bus = await startServiceBus({
    queues: [{ name: "orders" }, { name: "changes", requiresSession: true }],
    clock,
  });
  // A client that expects a sign of life makes the broker keep a timer for it, as the SDK does.
  const client = await rawClient(bus, { idle_time_out: 30_000 });
  await sendRaw(await client.openSender("orders"), { body: 1, ttl: 3_600_000 });
  (await client.openReceiver({ source: { address: "orders" } })).add_credit(1);
  client.startReceiver({ source: { address: "changes", filter: { "com.microsoft:session-filter": null } } });
  await until(() => bus.peek("orders")[0]?.locked === true, "the message is locked");
  await client.settled();
  expect(timers()).toBeGreaterThan(before);

  const started = Date.now();
  await bus.close();

  expect(Date.now() - started).toBeLessThan(1000);
  expect(timers()).toBe(before);
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(bus.port, "127.0.0.1", resolve));
  await new Promise((resolve) => server.close(resolve));
});

test("without a clock the broker runs with real time", async () => {
  const bus = await startServiceBus({ queues: [{ name: "orders" }] });
  afterThisTest(() => bus.close());
  const client = newClient(bus);
  await client.createSender("orders").scheduleMessages({ body: "soon" }, new Date(Date.now() + 300));
  expect(bus.counts("orders")).toMatchObject({ active: 0, scheduled: 1 });
  expect((await receiveOne(receiverOf(client, "orders"))).body).toBe("soon");
});

test("asking for a queue that does not exist is an error", async () => {
  const { bus } = await setup(DEDUPE);
  expect(() => bus.counts("nope")).toThrow("The messaging entity 'nope' could not be found.");
  expect(() => bus.peek("nope")).toThrow("could not be found");
  expect(() => bus.deadLetters("nope")).toThrow("could not be found");
});
