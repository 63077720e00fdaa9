import {
  AzureMonitorLogExporter,
  AzureMonitorMetricExporter,
  AzureMonitorTraceExporter,
  type AzureMonitorExporterOptions,
} from "@azure/monitor-opentelemetry-exporter";
import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import type { Meter, SpanContext, Tracer } from "@opentelemetry/api";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { METRICS, type MetricName } from "../domain/telemetry/metrics";
import type { LogRecord } from "../logger";
import type { AttributeValues, SpanStart, StartedSpan, TelemetryBackend } from "./backend";
import { createLogBatch, type LogEntry } from "./log-batch";
import { formatTraceparent, parseTraceparent } from "./traceparent";

type LogExport = Parameters<AzureMonitorLogExporter["export"]>;
type OtelLogRecord = LogExport[0][number];
type Resource = OtelLogRecord["resource"];

export interface AzureMonitorOptions {
  connectionString: string;
  credential: NonNullable<AzureMonitorExporterOptions["credential"]>;
  /** Takes log lines that could not be delivered, and what the SDK complains about. */
  undelivered: (record: LogRecord) => void;
}

const SCOPE = "csp-marketplace";
/** Numbers of OpenTelemetry's data model; its enumeration is in a package that is not ours to depend on. */
const SEVERITY: Readonly<Record<LogRecord["level"], number>> = { debug: 5, info: 9, warn: 13, error: 17 };
const DELIVERED = 0;

/**
 * Telemetry to Application Insights, opened by the identity of the app. Nothing global is registered, and nothing is kept
 * on disk: a minute of metrics may be lost with an outage of the receiver, log lines go to standard output then.
 */
export function connectAzureMonitor(options: AzureMonitorOptions): TelemetryBackend {
  const { connectionString, credential, undelivered } = options;
  diag.setLogger(complaints(undelivered), { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  const exporterOptions = { connectionString, credential, disableOfflineStorage: true };
  const resource = ownResource();
  const traces = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new AzureMonitorTraceExporter(exporterOptions))],
  });
  const metrics = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter: new AzureMonitorMetricExporter(exporterOptions) })],
  });
  const logs = new AzureMonitorLogExporter(exporterOptions);
  const batch = createLogBatch({
    deliver: (entries) =>
      deliverLogs(
        logs,
        entries.map((entry) => logRecord(entry, resource)),
      ),
    undelivered,
  });
  const tracer = traces.getTracer(SCOPE);
  return {
    record: recorders(metrics.getMeter(SCOPE)),
    startSpan: (start) => startSpan(tracer, start),
    log: (record, traceparent) => batch.add({ record, traceparent }),
    async close() {
      await Promise.allSettled([traces.shutdown(), metrics.shutdown(), batch.flush()]);
      await logs.shutdown();
    },
  };
}

/** One instrument for each metric there is. */
function recorders(meter: Meter): TelemetryBackend["record"] {
  const names = Object.keys(METRICS) as MetricName[]; // The keys of a literal.
  const instruments = new Map(names.map((name) => [name, instrument(meter, name)]));
  return (name, value, attributes) => instruments.get(name)?.(value, attributes);
}

function instrument(meter: Meter, name: MetricName): (value: number, attributes: AttributeValues) => void {
  const { kind, unit, description } = METRICS[name];
  switch (kind) {
    case "counter": {
      const counter = meter.createCounter(name, { unit, description });
      return (value, attributes) => counter.add(value, attributes);
    }
    case "histogram": {
      const histogram = meter.createHistogram(name, { unit, description });
      return (value, attributes) => histogram.record(value, attributes);
    }
    case "gauge": {
      const gauge = meter.createGauge(name, { unit, description });
      return (value, attributes) => gauge.record(value, attributes);
    }
  }
}

function startSpan(tracer: Tracer, { name, kind, parent, links = [], attributes = {} }: SpanStart): StartedSpan {
  const above = spanContext(parent);
  const span = tracer.startSpan(
    name,
    {
      kind: kind === "client" ? SpanKind.CLIENT : SpanKind.INTERNAL,
      links: links.flatMap((link) => spanContext(link) ?? []).map((context) => ({ context })),
      attributes,
    },
    above ? trace.setSpanContext(ROOT_CONTEXT, above) : ROOT_CONTEXT,
  );
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: formatTraceparent({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }),
    end({ failed, attributes: more = {} }) {
      span.setAttributes(more);
      span.setStatus({ code: failed ? SpanStatusCode.ERROR : SpanStatusCode.OK });
      span.end();
    },
  };
}

function spanContext(traceparent: string | undefined): SpanContext | undefined {
  const position = parseTraceparent(traceparent);
  if (!position) return undefined;
  const { traceId, spanId, sampled } = position;
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
}

function deliverLogs(exporter: AzureMonitorLogExporter, records: OtelLogRecord[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const delivered = (code: number): void => resolve(code === DELIVERED);
    exporter.export(records, ({ code }) => delivered(code)).catch(reject);
  });
}

function logRecord({ record, traceparent }: LogEntry, resource: Resource): OtelLogRecord {
  const { time, level, message, ...fields } = record;
  const ms = Date.parse(time);
  const at: [number, number] = [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
  const context = spanContext(traceparent);
  return {
    ...{ hrTime: at, hrTimeObserved: at, severityText: level, body: message },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enumeration is in a package that is not a dependency
    severityNumber: SEVERITY[level],
    ...{ resource, instrumentationScope: { name: SCOPE }, droppedAttributesCount: 0 },
    attributes: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)])),
    ...(context ? { spanContext: context } : {}),
  };
}

function plain(value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value === undefined ? "" : JSON.stringify(value);
}

/** Who sends: the package that makes resources is not ours to depend on, and two attributes are no reason to. */
function ownResource(): Resource {
  const attributes = { "service.name": SCOPE };
  const resource: Resource = {
    attributes,
    merge: (other) => other ?? resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource;
}

/** The SDK's own troubles are lines of our log, but never sent to where the trouble is. */
function complaints(write: (record: LogRecord) => void): Parameters<typeof diag.setLogger>[0] {
  const tell = (...parts: unknown[]): void =>
    write({
      ...{ time: new Date().toISOString(), level: "warn", message: "telemetry could not be sent" },
      reason: parts.map(String).join(" ").slice(0, 500),
    });
  const nothing = (): void => undefined;
  return { error: tell, warn: nothing, info: nothing, debug: nothing, verbose: nothing };
}
