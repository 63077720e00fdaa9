import type { LogRecord } from "../../../shared/logger";
import type { SpanStart, TelemetryBackend } from "../../../shared/telemetry/backend";
import { createTelemetry } from "../../../shared/telemetry/create-telemetry";

const PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SENDER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const SPAN = "00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01";

const line = (message: string): LogRecord => ({ time: "2026-01-01T00:00:00.000Z", level: "info", message });

/** A receiver that keeps what it was given. */
function receiver() {
  const recorded: [string, number, object][] = [];
  const spans: (SpanStart & { failed?: boolean })[] = [];
  const logged: [string, string | undefined][] = [];
  let isClosed = false;
  const backend: TelemetryBackend = {
    record: (name, value, attributes) => void recorded.push([name, value, attributes]),
    startSpan: (start) => {
      const span: SpanStart & { failed?: boolean } = { ...start };
      spans.push(span);
      return { traceparent: SPAN, end: ({ failed }) => void (span.failed = failed) };
    },
    log: ({ message }, traceparent) => void logged.push([message, traceparent]),
    close: () => Promise.resolve(void (isClosed = true)),
  };
  return { recorded, spans, logged, backend, isClosed: () => isClosed };
}

test("without a receiver a message still carries the trace it belongs to, and lines say what wrote them", async () => {
  const written: string[] = [];
  const telemetry = createTelemetry({ write: ({ message }) => void written.push(message) });
  const seen = await telemetry.run({ name: "applyChange", traceparent: PARENT, correlationId: "c-1" }, () => {
    telemetry.sink(line("bought"));
    telemetry.measure("csp.changes.review", 1, {});
    return Promise.resolve([telemetry.traceparent(), telemetry.fields()]);
  });
  expect(seen).toEqual([
    PARENT,
    { function: "applyChange", traceId: "4bf92f3577b34da6a3ce929d0e0e4736", correlationId: "c-1" },
  ]);
  expect(written).toEqual(["bought"]);
  expect([telemetry.traceparent(), telemetry.fields()]).toEqual([undefined, {}]);
});

test("nothing is connected before the first invocation, and lines written before are not lost", async () => {
  const { backend, logged } = receiver();
  let connections = 0;
  const telemetry = createTelemetry({
    connect: () => Promise.resolve((connections++, backend)),
    write: () => undefined,
  });
  telemetry.sink(line("while loading"));
  expect(connections).toBe(0);
  await Promise.all([
    telemetry.run({ name: "one" }, () => Promise.resolve()),
    telemetry.run({ name: "two" }, () => Promise.resolve()),
  ]);
  expect(connections).toBe(1);
  expect(logged).toEqual([["while loading", undefined]]);
});

test("a handler of a message has a span that is part of its invocation and linked to whoever sent it", async () => {
  const { backend, spans } = receiver();
  const telemetry = createTelemetry({ connect: () => Promise.resolve(backend), write: () => undefined });
  const inside = await telemetry.run({ name: "applyChange", traceparent: PARENT, sentBy: SENDER }, () =>
    Promise.resolve(telemetry.traceparent()),
  );
  expect(inside).toBe(SPAN);
  expect(spans).toEqual([{ name: "applyChange", kind: "internal", parent: PARENT, links: [SENDER], failed: false }]);
});

test("what a handler throws is thrown, and its span says that it failed", async () => {
  const { backend, spans } = receiver();
  const telemetry = createTelemetry({ connect: () => Promise.resolve(backend), write: () => undefined });
  const failing = telemetry.run({ name: "applyChange", sentBy: SENDER }, () => Promise.reject(new Error("storage")));
  await expect(failing).rejects.toThrow("storage");
  expect(spans[0]?.failed).toBe(true);
});

test.each(["nonsense", "", undefined, 7, "00-00000000000000000000000000000000-00f067aa0ba902b7-01"])(
  "a traceparent that is none begins a new trace: %p",
  async (traceparent) => {
    const telemetry = createTelemetry({ write: () => undefined });
    const inside = await telemetry.run({ name: "x", traceparent }, () => Promise.resolve(telemetry.traceparent()));
    expect(inside).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
  },
);

test("a call is measured by the class of its answer; a 429 with how long it asked to wait", async () => {
  const { backend, recorded, spans } = receiver();
  const telemetry = createTelemetry({ connect: () => Promise.resolve(backend), write: () => undefined });
  const ask = { api: "partnerCenter", method: "read", name: "GET /v1/customers" } as const;
  await telemetry.run({ name: "syncTenant" }, async () => {
    for (const status of [200, 404, 429, 503])
      await telemetry.call(
        ask,
        () => Promise.resolve(status),
        (seen) => ({ status: seen, retryAfterSeconds: 30 }),
      );
    await expect(
      telemetry.call(
        ask,
        () => Promise.reject(new Error("reset")),
        () => ({ status: 200 }),
      ),
    ).rejects.toThrow();
  });
  const durations = recorded.filter(([name]) => name === "csp.upstream.duration");
  expect(durations.map(([, , attributes]) => (attributes as { status: string }).status)).toEqual([
    ...["2xx", "4xx", "429", "5xx", "none"],
  ]);
  expect(recorded.filter(([name]) => name !== "csp.upstream.duration")).toEqual([
    ["csp.upstream.throttled", 1, { api: "partnerCenter" }],
    ["csp.upstream.retry_after", 30, { api: "partnerCenter" }],
  ]);
  expect(spans.map(({ kind, failed }) => [kind, failed])).toEqual([
    ...[
      ["client", false],
      ["client", true],
      ["client", true],
      ["client", true],
      ["client", true],
    ],
  ]);
});

test("a value nobody declared becomes 'other', and an attribute nobody declared is dropped", async () => {
  const { backend, recorded } = receiver();
  const telemetry = createTelemetry({ connect: () => Promise.resolve(backend), write: () => undefined });
  const odd = { reason: "Müller GmbH", tenant: "mueller.example" } as unknown as { reason: "throttled" };
  await telemetry.run({ name: "x" }, () => {
    telemetry.measure("csp.changes.parked", 1, odd);
    return Promise.resolve();
  });
  expect(recorded).toEqual([["csp.changes.parked", 1, { reason: "other" }]]);
});

test("a receiver that breaks, or cannot be connected, changes nothing of what is watched", async () => {
  const fail = (): never => {
    throw new Error("broken");
  };
  const broken = { record: fail, startSpan: fail, log: fail, close: () => Promise.reject(new Error("broken")) };
  const written: string[] = [];
  const write = ({ message }: LogRecord): void => void written.push(message);
  for (const connect of [() => Promise.resolve(broken), () => Promise.reject(new Error("no such host"))]) {
    const telemetry = createTelemetry({ connect, write });
    const answer = await telemetry.run({ name: "x", sentBy: SENDER }, () => {
      telemetry.measure("csp.changes.review", 1, {});
      telemetry.sink(line("said"));
      return telemetry.call({ api: "graph", method: "read", name: "GET /" }, () => Promise.resolve(7), fail);
    });
    expect(answer).toBe(7);
    await telemetry.close();
  }
  expect(written).toEqual(["no telemetry", "said"]);
});

test("at the end all that is left is sent, and what is written after that goes to standard output", async () => {
  const { backend, isClosed, logged } = receiver();
  const written: string[] = [];
  const telemetry = createTelemetry({
    connect: () => Promise.resolve(backend),
    write: ({ message }) => void written.push(message),
  });
  telemetry.sink(line("before"));
  await telemetry.close();
  telemetry.sink(line("after"));
  expect([isClosed(), logged.map(([message]) => message), written]).toEqual([true, ["before"], ["after"]]);
});
