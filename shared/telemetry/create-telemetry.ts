import { AsyncLocalStorage } from "node:async_hooks";
import { METRICS, statusClass, type Measure, type MetricName } from "../domain/telemetry/metrics";
import type { Telemetry, UpstreamAnswer, UpstreamCall } from "../domain/telemetry/telemetry";
import type { LogFields, LogRecord } from "../logger";
import type { AttributeValues, StartedSpan, TelemetryBackend } from "./backend";
import { newTraceparent, parseTraceparent } from "./traceparent";

/** One invocation of a function, as far as telemetry is concerned. */
export interface Work {
  /** The function's name. */
  name: string;
  /** W3C `traceparent` that the host gave it; something else begins a new trace. */
  traceparent?: unknown;
  /** Of a message: where it was sent. The handler's span is linked to it, since nobody waits for the other. */
  sentBy?: unknown;
  /** The correlation id of the request behind it. */
  correlationId?: unknown;
}

/** `Telemetry` with what the edge of the app needs. */
export interface AppTelemetry extends Telemetry {
  /** Runs one invocation: its log lines name it, and what it does stands in its trace. */
  run<T>(work: Work, body: () => Promise<T>): Promise<T>;
  /** What runs now belongs to this request. */
  belongsTo(correlationId: string): void;
  /** Where log lines go. */
  sink: (record: LogRecord) => void;
  /** Fields of every line written now. */
  fields(): LogFields;
  /** Sends all that is left; takes no longer than a few seconds. */
  close(): Promise<void>;
}

interface Scope {
  name: string;
  traceparent: string;
  correlationId: string | undefined;
}

const MAX_WAITING = 1_000;
const CLOSE_WITHIN_MS = 5_000;

/**
 * `connect` opens the way to Application Insights, and is called with the first invocation: a cold start does not pay
 * for it. Without it, or when it fails, lines go to `write`, traces still run through messages, and nobody measures.
 */
export function createTelemetry(options: {
  connect?: (() => Promise<TelemetryBackend>) | undefined;
  write: (record: LogRecord) => void;
}): AppTelemetry {
  const { connect, write } = options;
  const scopes = new AsyncLocalStorage<Scope>();
  let backend: TelemetryBackend | undefined;
  let connecting: Promise<void> | undefined;
  let waiting: { record: LogRecord; traceparent: string | undefined }[] | undefined = connect ? [] : undefined;

  const deliver = (record: LogRecord, traceparent: string | undefined): void => {
    if (backend) backend.log(record, traceparent);
    else if (waiting && waiting.length < MAX_WAITING) waiting.push({ record, traceparent });
    else write(record);
  };
  const connected = async (): Promise<void> => {
    try {
      backend = await connect?.();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      write({ time: new Date().toISOString(), level: "error", message: "no telemetry", reason });
    }
    const before = waiting ?? [];
    waiting = undefined;
    for (const { record, traceparent } of before) deliver(record, traceparent);
  };
  const ready = (): Promise<void> => (connecting ??= connected());

  const measure: Measure = (name, value, attributes) =>
    quietly(() => backend?.record(name, value, checked(name, attributes)));

  return {
    measure,
    traceparent: () => scopes.getStore()?.traceparent,
    fields: () => fieldsOf(scopes.getStore()),
    sink: (record) => quietly(() => deliver(record, scopes.getStore()?.traceparent)),
    belongsTo(correlationId) {
      const scope = scopes.getStore();
      if (scope) scope.correlationId = correlationId;
    },
    async run(work, body) {
      if (connect) await ready();
      const parent = parseTraceparent(work.traceparent) ? String(work.traceparent) : newTraceparent();
      const span = quietly(() => workSpan(backend, work, parent));
      const scope: Scope = {
        name: work.name,
        traceparent: span?.traceparent ?? parent,
        correlationId: typeof work.correlationId === "string" ? work.correlationId : undefined,
      };
      return scopes.run(scope, () => ended(span, body));
    },
    async call(call, run, judge) {
      const parent = scopes.getStore()?.traceparent ?? newTraceparent();
      const span = quietly(() => backend?.startSpan(callSpan(call, parent)));
      const startedAt = performance.now();
      let seen: UpstreamAnswer = { status: undefined };
      try {
        const answer = await run();
        seen = quietly(() => judge(answer)) ?? seen;
        return answer;
      } finally {
        measureCall(measure, call, seen, performance.now() - startedAt);
        quietly(() => span?.end(callEnd(seen)));
      }
    },
    async close() {
      if (!connect || (!connecting && waiting?.length === 0)) return;
      await ready();
      const closing = backend?.close();
      backend = undefined;
      await within(CLOSE_WITHIN_MS, closing);
    },
  };
}

/** Only messages get a span of their own: of everything else the host tells already. */
function workSpan(backend: TelemetryBackend | undefined, work: Work, parent: string): StartedSpan | undefined {
  const sentBy = parseTraceparent(work.sentBy) ? String(work.sentBy) : undefined;
  if (!backend || sentBy === undefined) return undefined;
  return backend.startSpan({ name: work.name, kind: "internal", parent, links: [sentBy] });
}

async function ended<T>(span: StartedSpan | undefined, body: () => Promise<T>): Promise<T> {
  let failed = true;
  try {
    const value = await body();
    failed = false;
    return value;
  } finally {
    quietly(() => span?.end({ failed }));
  }
}

function callSpan({ api, name }: UpstreamCall, parent: string): Parameters<TelemetryBackend["startSpan"]>[0] {
  return { name, kind: "client", parent, attributes: { api } };
}

function callEnd({ status, retryAfterSeconds }: UpstreamAnswer): Parameters<StartedSpan["end"]>[0] {
  const attributes: AttributeValues = {
    ...(status === undefined ? {} : { status }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  return { failed: status === undefined || status >= 400, attributes };
}

function measureCall(measure: Measure, { api, method }: UpstreamCall, seen: UpstreamAnswer, tookMs: number): void {
  measure("csp.upstream.duration", tookMs, { api, method, status: statusClass(seen.status) });
  if (seen.status !== 429) return;
  measure("csp.upstream.throttled", 1, { api });
  if (seen.retryAfterSeconds !== undefined) measure("csp.upstream.retry_after", seen.retryAfterSeconds, { api });
}

/** A value outside its list would make a series nobody foresaw; ids and names are cut. */
function checked(name: MetricName, given: Readonly<Record<string, string>>): AttributeValues {
  const allowed: Readonly<Record<string, readonly string[] | string>> = METRICS[name].attributes;
  return Object.fromEntries(
    Object.entries(allowed).map(([key, values]) => {
      const value = given[key] ?? "";
      const known = typeof values === "string" ? value.slice(0, 100) : values.includes(value) ? value : "other";
      return [key, known];
    }),
  );
}

function fieldsOf(scope: Scope | undefined): LogFields {
  if (!scope) return {};
  const { name, traceparent, correlationId } = scope;
  const traceId = parseTraceparent(traceparent)?.traceId;
  return { function: name, traceId, ...(correlationId === undefined ? {} : { correlationId }) };
}

/** Telemetry must never break what it watches. */
function quietly<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

async function within(ms: number, work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).catch(() => undefined);
  clearTimeout(timer);
}
