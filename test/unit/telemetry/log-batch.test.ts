import { createLogBatch, type LogEntry } from "../../../shared/telemetry/log-batch";

const entry = (message: string): LogEntry => ({
  record: { time: "2026-01-01T00:00:00.000Z", level: "info", message },
  traceparent: undefined,
});

function batch(deliver: (messages: string[]) => Promise<boolean>, delayMs = 60_000) {
  const undelivered: string[] = [];
  const made = createLogBatch({
    deliver: (entries) => deliver(entries.map(({ record }) => record.message)),
    undelivered: ({ message }) => void undelivered.push(message),
    delayMs,
  });
  return { ...made, undelivered };
}

test("lines are delivered together and in their order", async () => {
  const delivered: string[][] = [];
  const { add, flush, undelivered } = batch((messages) => Promise.resolve(delivered.push(messages) > 0));
  for (const message of ["a", "b", "c"]) add(entry(message));
  await flush();
  expect([delivered, undelivered]).toEqual([[["a", "b", "c"]], []]);
});

test("two hundred lines do not wait", async () => {
  const sizes: number[] = [];
  const { add, flush } = batch((messages) => Promise.resolve(sizes.push(messages.length) > 0));
  for (let i = 0; i < 401; i++) add(entry(`${i}`));
  expect(sizes).toEqual([200, 200]);
  await flush();
  expect(sizes).toEqual([200, 200, 1]);
});

test.each([
  ["refused", () => Promise.resolve(false)],
  ["unreachable", () => Promise.reject(new Error("ECONNREFUSED"))],
])("when the receiver is %s no line is lost", async (_why, deliver) => {
  const { add, flush, undelivered } = batch(deliver);
  add(entry("bought"));
  add(entry("proven"));
  await flush();
  expect(undelivered).toEqual(["bought", "proven"]);
});

test("lines do not wait for the end: a moment is enough", async () => {
  let arrived: (messages: string[]) => void = () => undefined;
  const arrival = new Promise<string[]>((resolve) => (arrived = resolve));
  const { add } = batch((messages) => Promise.resolve((arrived(messages), true)), 1);
  add(entry("a"));
  // An unref'd timer does not keep this process waiting; something else must.
  const keepAlive = setInterval(() => undefined, 5);
  expect(await arrival).toEqual(["a"]);
  clearInterval(keepAlive);
});
