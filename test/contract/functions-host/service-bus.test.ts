import { ServiceBusClient, type ServiceBusMessage } from "@azure/service-bus";
import { startServiceBus, type ServiceBus } from "../../../local/service-bus/start-service-bus";
import { VirtualClock } from "../../../local/virtual-clock";
import { runNow, startSampleHost, type Observation, type SampleHost } from "./sample-host";

jest.setTimeout(30_000);

let clock: VirtualClock;
let broker: ServiceBus;
let sample: SampleHost;

beforeAll(async () => {
  clock = new VirtualClock({ start: new Date("2027-01-01T12:00:00Z") });
  const plain = ["batches", "bytes", "unsettled"].map((name) => ({ name }));
  broker = await startServiceBus({
    clock,
    queues: [
      { name: "work", maxDeliveryCount: 3 },
      { name: "ordered", requiresSession: true, lockDuration: "PT3S" },
      { name: "brief", lockDuration: "PT3S" },
      ...plain,
    ],
  });
  sample = await startSampleHost({ clock, env: { BUS: broker.connectionString } });
});
beforeEach(async () => {
  sample.output.lines.length = 0;
  if (sample.host.pid === 0) await sample.host.restart();
});
afterAll(async () => {
  await sample.host.close();
  await broker.close();
  clock.stop();
});

async function send(queue: string, messages: ServiceBusMessage | ServiceBusMessage[]): Promise<void> {
  const client = new ServiceBusClient(broker.connectionString);
  await client.createSender(queue).sendMessages(messages);
  await client.close();
}

const advance = async (ms: number) => {
  await clock.advance(ms);
  await sample.host.setClock(clock.offsetMs);
};
const observed = (what: string) => sample.output.observed(what);
const until = (condition: () => boolean) => sample.output.until(condition);
const metadataOf = (one: Observation | undefined) => one?.metadata as Record<string, unknown>;
const executed = (name: string, outcome: string) =>
  sample.output.lines.filter((line) => line.includes(`Executed 'Functions.${name}' (${outcome}`)).length;

/** Asks the broker again until `condition` holds: a settlement arrives after the line that announces it. */
async function untilBroker(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!condition() && Date.now() < end) await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
}

test("a message reaches its function with body, metadata and trace, and is completed when the function returns", async () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  await send("work", {
    body: { seats: 5 },
    messageId: "12345",
    correlationId: "c-1",
    subject: "buy",
    contentType: "application/json",
    applicationProperties: { Tenant: "t1", "Diagnostic-Id": `00-${traceId}-00f067aa0ba902b7-01` },
  });
  await until(() => observed("work done").length === 1);
  const [work] = observed("work");
  expect(work?.message).toEqual({ seats: 5 });
  expect(work?.trace).toMatch(new RegExp(`^00-${traceId}-`));
  expect(metadataOf(work)).toMatchObject({
    messageId: "12345",
    deliveryCount: 1,
    correlationId: "c-1",
    subject: "buy",
    contentType: "application/json",
    sequenceNumber: expect.any(Number) as number,
    applicationProperties: { tenant: "t1" },
  });
  expect(metadataOf(work).lockToken).toMatch(/^[0-9a-f-]{36}$/);
  expect(Math.abs(Date.parse(String(metadataOf(work).enqueuedTimeUtc)) - clock.nowMs())).toBeLessThan(10_000);
  await untilBroker(() => broker.peek("work").length === 0);
});

test("a message whose function throws comes again with a higher delivery count, and ends in the dead-letter queue", async () => {
  await send("work", { body: { fail: true }, messageId: "F" });
  await until(() => observed("work").length === 3);
  expect(observed("work").map((one) => metadataOf(one).deliveryCount)).toEqual([1, 2, 3]);
  await untilBroker(() => broker.deadLetters("work").length === 1);
  expect(broker.peek("work")).toEqual([]);
});

test("an output binding sends one message per element, and its trigger runs", async () => {
  const response = await fetch(`${sample.host.url}/api/enqueue`, { method: "POST", body: '[{"n":1},{"n":2}]' });
  expect(response.status).toBe(202);
  await until(() => observed("work done").length === 2);
  expect(observed("work").map((one) => one.message)).toEqual(expect.arrayContaining([{ n: 1 }, { n: 2 }]));
});

test("sessions keep their order, one message at a time, several sessions side by side up to the limit", async () => {
  const sessions = ["a", "b", "c", "d", "e"];
  for (let n = 0; n < 6; n++) {
    await send(
      "ordered",
      sessions.map((sessionId) => ({ body: { n }, sessionId })),
    );
  }
  await until(() => observed("ordered").length === 30);
  for (const session of sessions) {
    const seen = observed("ordered").filter((one) => one.session === session);
    expect(seen.map((one) => one.n)).toEqual([0, 1, 2, 3, 4, 5]);
  }
  const most = (detail: string) => Math.max(...observed("ordered").map((one) => Number(one[detail])));
  expect(most("inSession")).toBe(1);
  expect(most("sessions")).toBeGreaterThan(1);
  expect(most("sessions")).toBeLessThanOrEqual(3);
  await untilBroker(() => broker.peek("ordered").length === 0);
});

test("no more messages of a queue run at once than maxConcurrentCalls allows", async () => {
  await send(
    "work",
    Array.from({ length: 6 }, (_, n) => ({ body: { n, takesMs: 300 } })),
  );
  await until(() => observed("work done").length === 1);
  expect(observed("work").length).toBeLessThanOrEqual(5);
  await until(() => observed("work done").length === 6);
});

test("with cardinality many a function gets the messages together, with metadata in lists", async () => {
  await send("batches", [
    { body: { n: 1 }, messageId: "m1" },
    { body: { n: 2 }, messageId: "m2" },
  ]);
  await until(() => observed("batch").flatMap((one) => one.messages as unknown[]).length === 2);
  const [batch] = observed("batch");
  expect(batch?.messages).toEqual([{ n: 1 }, { n: 2 }]);
  expect(metadataOf(batch)).toMatchObject({ messageIdArray: ["m1", "m2"], deliveryCountArray: [1, 1] });
  await untilBroker(() => broker.peek("batches").length === 0);
});

test("with dataType binary a function gets the bytes", async () => {
  await send("bytes", { body: Buffer.from([0, 255, 1]) });
  await until(() => observed("bytes").length === 1);
  expect(observed("bytes")[0]).toMatchObject({ isBuffer: true, hex: "00ff01" });
});

test("without autoCompleteMessages a returned function leaves its message locked", async () => {
  await send("unsettled", { body: {} });
  await until(() => executed("unsettled", "Succeeded") === 1);
  expect(broker.peek("unsettled")).toHaveLength(1);
  await advance(61_000);
  await until(() => observed("unsettled").length === 2);
  expect(observed("unsettled").map((one) => one.count)).toEqual([1, 2]);
});

test("the lock of a running message, or of its session, is renewed in the platform's time", async () => {
  await send("brief", { body: { takesMs: 5_000 }, messageId: "long" });
  await send("ordered", { body: { n: 1, takesMs: 5_000 }, sessionId: "s" });
  await until(() => executed("brief", "Succeeded") === 1 && executed("ordered", "Succeeded") === 1);
  await untilBroker(() => broker.peek("brief").length === 0 && broker.peek("ordered").length === 0);
  expect(observed("brief")).toHaveLength(1);
  expect(observed("ordered")).toHaveLength(1);
});

test("a host killed in the middle of a message gets it again after its lock has expired", async () => {
  await send("work", { body: { hangAtFirst: true }, messageId: "H" });
  await until(() => observed("work").length === 1);
  await sample.host.kill("SIGKILL");
  expect(broker.peek("work")).toHaveLength(1);

  await sample.host.restart();
  expect(observed("work")).toHaveLength(1);
  await advance(61_000);
  await until(() => observed("work done").length === 1);
  expect(observed("work").map((one) => metadataOf(one).deliveryCount)).toEqual([1, 2]);
  await untilBroker(() => broker.peek("work").length === 0);
});

test("a host killed in the middle of a session gets its messages again, in their order", async () => {
  await send("ordered", [
    { body: { n: 1, hangsIn: sample.host.pid }, sessionId: "killed" },
    { body: { n: 2 }, sessionId: "killed" },
  ]);
  await until(() => observed("ordered").length === 1);
  await sample.host.kill("SIGKILL");
  await sample.host.restart();
  await until(() => executed("ordered", "Succeeded") === 2);
  expect(observed("ordered").map(({ n }) => n)).toEqual([1, 1, 2]);
  await untilBroker(() => broker.peek("ordered").length === 0);
});

test("a graceful stop lets a running message end and completes it", async () => {
  await send("work", { body: { takesMs: 400 } });
  await until(() => observed("work").length === 1);
  const began = performance.now();
  await sample.host.close();
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(observed("work done")).toHaveLength(1);
  await untilBroker(() => broker.peek("work").length === 0);
});

test("a broker that went away and came back is listened to again", async () => {
  await broker.reset();
  await send("work", { body: { n: 1 } });
  await send("ordered", { body: { n: 1 }, sessionId: "s" });
  await until(() => observed("work done").length === 1 && observed("ordered").length === 1);
});

test("the admin API runs a queue function with the given text", async () => {
  const body = JSON.stringify({ input: JSON.stringify({ by: "hand" }) });
  const response = await runNow(sample.host, "work", body);
  expect(response.status).toBe(202);
  await until(() => observed("work done").length === 1);
  expect(observed("work")[0]?.message).toEqual({ by: "hand" });
});
