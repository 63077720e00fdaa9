import { randomBytes } from "node:crypto";
import type { TraceContext } from "./core-api";

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACE_PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** The trace of an invocation: continues the caller's where there is one, else begins a new one. */
export function traceContextFrom(traceParent: unknown, traceState?: unknown): TraceContext {
  const match = typeof traceParent === "string" ? TRACE_PARENT.exec(traceParent) : null;
  const traceId = match?.[1] ?? randomBytes(16).toString("hex");
  return {
    traceParent: `00-${traceId}-${randomBytes(8).toString("hex")}-${match?.[2] ?? "01"}`,
    traceState: match && typeof traceState === "string" ? traceState : "",
    attributes: {},
  };
}
