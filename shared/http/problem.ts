import type { ProblemDocument } from "../api/problem-document";
import { AppError, type ErrorKind } from "../errors";
import { HttpRefusal } from "./refusal";

/** What a problem says about the request it answers. */
export interface ProblemContext {
  correlationId: string;
  /** The path, without the query: a query may hold secrets, such as an authorization code. */
  instance: string;
  /** Whether the request brought an Authorization header: an absent token and a bad one are challenged differently. */
  hasCredentials: boolean;
}

export interface Problem {
  status: number;
  headers: Record<string, string>;
  document: ProblemDocument;
}

const STATUS: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  stale: 412,
  unprocessable: 422,
  "precondition-required": 428,
  "too-many": 429,
  upstream: 502,
  unavailable: 503,
};

/** The status an error is answered with; an upstream that said when to come back is 503, as it will heal. */
export function statusOf(error: AppError | HttpRefusal): number {
  if (error instanceof HttpRefusal) return error.status;
  if (error.kind === "upstream" && error.retryAfterSeconds !== undefined) return 503;
  return STATUS[error.kind];
}

/** The problem document (RFC 9457) of any thrown value. What we did not plan for is a plain 500 that shows nothing. */
export function toProblem(thrown: unknown, context: ProblemContext): Problem {
  const error = thrown instanceof AppError || thrown instanceof HttpRefusal ? thrown : undefined;
  const status = error === undefined ? 500 : statusOf(error);
  const code = error?.code ?? "internalError";
  const known = error instanceof AppError ? error : undefined;
  const headers: Record<string, string> = { "Content-Type": "application/problem+json; charset=utf-8" };
  if (known?.retryAfterSeconds !== undefined) headers["Retry-After"] = String(Math.ceil(known.retryAfterSeconds));
  if (status === 401) headers["WWW-Authenticate"] = challenge(context.hasCredentials);
  return {
    status,
    headers,
    document: {
      ...known?.extensions,
      type: `urn:csp-marketplace:problem:${code}`,
      title: titleOf(code),
      status,
      detail: error?.message ?? "Something went wrong on our side. Quote the correlation id when you ask us about it.",
      instance: context.instance,
      code,
      correlationId: context.correlationId,
      ...(known !== undefined && known.errors.length > 0 ? { errors: [...known.errors] } : {}),
    },
  };
}

/** RFC 6750 §3: no error code when the request brought no credentials at all. */
function challenge(hasCredentials: boolean): string {
  const realm = 'Bearer realm="csp-marketplace"';
  return hasCredentials ? `${realm}, error="invalid_token"` : realm;
}

/** `etagMismatch` → `Etag mismatch`: the same for every occurrence of a type, as RFC 9457 asks. */
function titleOf(code: string): string {
  const words = code.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
