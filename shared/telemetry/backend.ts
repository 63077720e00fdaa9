import type { MetricName } from "../domain/telemetry/metrics";
import type { LogRecord } from "../logger";

export type AttributeValues = Readonly<Record<string, string | number>>;

export interface SpanStart {
  name: string;
  kind: "client" | "internal";
  /** W3C `traceparent` of what it is part of. */
  parent: string;
  /** W3C `traceparent` of what led to it without waiting for it: whoever sent the message. */
  links?: readonly string[];
  attributes?: AttributeValues;
}

export interface StartedSpan {
  traceparent: string;
  end(result: { failed: boolean; attributes?: AttributeValues }): void;
}

/** Where telemetry goes. Nothing here waits; what cannot be delivered is dropped, log lines excepted. */
export interface TelemetryBackend {
  record(name: MetricName, value: number, attributes: AttributeValues): void;
  startSpan(start: SpanStart): StartedSpan;
  /** `traceparent`: where the line was written. */
  log(record: LogRecord, traceparent: string | undefined): void;
  /** Sends all that is left, and ends. */
  close(): Promise<void>;
}
