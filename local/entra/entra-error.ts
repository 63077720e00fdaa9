import { randomUUID } from "node:crypto";
import { errorCodes, type EntraErrorCode, type ErrorCode } from "./error-codes";

/** A refusal Entra gives, by its AADSTS number. It becomes a token error, a redirect or an error page. */
export class EntraError extends Error {
  readonly details: string[];

  constructor(
    readonly code: EntraErrorCode,
    ...details: string[]
  ) {
    super(`AADSTS${code}`);
    this.name = "EntraError";
    this.details = details;
  }
}

/** What identifies one request in an error. */
export interface RequestTrace {
  traceId: string;
  correlationId: string;
  /** Virtual time of the request. */
  at: Date;
}

/** The client's `client-request-id` comes back as the correlation id, if it is a GUID. */
export function traceOf(headers: Record<string, unknown>, at: Date): RequestTrace {
  const asked = headers["client-request-id"];
  const correlationId = typeof asked === "string" && /^[0-9a-f-]{36}$/i.test(asked) ? asked : randomUUID();
  return { traceId: randomUUID(), correlationId, at };
}

/** Which OAuth error goes with an AADSTS number; (unconfirmed) pairings are switches of the stand-in. */
export interface ErrorStyle {
  /** 2: the v2.0 endpoints; the older ones say `interaction_required` where MFA is missing. */
  version: 1 | 2;
  /** OAuth error of 700016. */
  unknownApp: "unauthorized_client" | "invalid_client";
}

/** OAuth error name of a refusal. */
export function oauthErrorOf(error: EntraError, style: ErrorStyle): string {
  if (error.code === 700016) return style.unknownApp;
  if (style.version === 1 && [50076, 50078, 50079].includes(error.code)) return "interaction_required";
  return errorCodes[error.code].error;
}

/** HTTP status of an OAuth error at the token endpoint (partner-center-api.md §2.6). */
export function statusOf(oauthError: string): number {
  if (oauthError === "invalid_client") return 401;
  return oauthError === "temporarily_unavailable" ? 503 : 400;
}

/** The long text: number, explanation, and how support would find the request. */
export function descriptionOf(error: EntraError, trace: RequestTrace): string {
  return [
    messageOf(error),
    `Trace ID: ${trace.traceId}`,
    `Correlation ID: ${trace.correlationId}`,
    `Timestamp: ${timestamp(trace.at)}`,
  ].join(" ");
}

/** Number and explanation. */
function messageOf(error: EntraError): string {
  const template = errorCodes[error.code].message;
  const text = template.replace(/\{(\d)\}/g, (_, index: string) => error.details[Number(index)] ?? "");
  return `AADSTS${error.code}: ${text}`;
}

/** The JSON body of a refusal at the token endpoint. */
export function tokenErrorBody(error: EntraError, trace: RequestTrace, style: ErrorStyle): Record<string, unknown> {
  const { suberror }: ErrorCode = errorCodes[error.code];
  const stepUp = [50076, 50078, 50079].includes(error.code);
  return {
    error: oauthErrorOf(error, style),
    error_description: descriptionOf(error, trace),
    error_codes: [error.code],
    timestamp: timestamp(trace.at),
    trace_id: trace.traceId,
    correlation_id: trace.correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
    ...(suberror === undefined ? {} : { suberror }),
    ...(stepUp
      ? { claims: JSON.stringify({ access_token: { capolids: { essential: true, values: [trace.traceId] } } }) }
      : {}),
  };
}

/** `2026-11-20 08:01:02Z`. */
function timestamp(at: Date): string {
  return at.toISOString().replace("T", " ").replace(/\.\d+/, "");
}
