import { randomBytes } from "node:crypto";

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00 and what later versions keep of it. */
const FORMAT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

export interface TracePosition {
  traceId: string;
  spanId: string;
  /** Whether whoever began the trace records it. */
  sampled: boolean;
}

/** Undefined for anything that is no `traceparent`; ids of zeroes alone are invalid too. */
export function parseTraceparent(text: unknown): TracePosition | undefined {
  const [, traceId = "", spanId = "", flags = ""] = (typeof text === "string" && FORMAT.exec(text)) || [];
  if (!/[1-9a-f]/.test(traceId) || !/[1-9a-f]/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TracePosition): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

/** The beginning of a trace that nobody began before. */
export function newTraceparent(): string {
  return formatTraceparent({
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    sampled: true,
  });
}
