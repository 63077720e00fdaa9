import type { Measure } from "./metrics";

/** What telemetry needs to know of a call of an outside API. */
export interface UpstreamCall {
  api: "partnerCenter" | "graph" | "entra";
  method: "read" | "write";
  /** What it is called in a trace, without ids: `GET /v1/customers/{id}`. */
  name: string;
}

/** What of an answer is measured; a status of `undefined` means that there was none. */
export interface UpstreamAnswer {
  status: number | undefined;
  retryAfterSeconds?: number | undefined;
}

/**
 * How the system tells its operators in numbers and traces what it does. It never throws, never waits, and never changes
 * what it watches. The audit log is another thing: complete, and stored with what it records.
 */
export interface Telemetry {
  measure: Measure;
  /** Where the work of now stands in its trace (W3C `traceparent`), for messages to carry; undefined outside of any. */
  traceparent(): string | undefined;
  /** Makes one call of an outside API, and measures it. `judge` reads the answer; what is thrown got none. */
  call<T>(call: UpstreamCall, run: () => Promise<T>, judge: (answer: T) => UpstreamAnswer): Promise<T>;
}

/** Telemetry of whoever has none: commands, tests. */
export const NO_TELEMETRY: Telemetry = {
  measure: () => undefined,
  traceparent: () => undefined,
  call: (_call, run) => run(),
};
