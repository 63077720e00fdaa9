/** What kind of planned-for outcome an error is; the HTTP and queue edges map kinds, never codes (style: errors). */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "stale"
  | "precondition-required"
  | "unprocessable"
  | "too-many"
  | "upstream"
  | "unavailable";

/** One field that broke a rule: `pointer` is a JSON pointer into the request, such as `/body/changes/0/quantity`. */
export interface FieldError {
  pointer: string;
  message: string;
}

export interface AppErrorDetails {
  cause?: unknown;
  /** The fields at fault, for `invalid`. */
  errors?: readonly FieldError[];
  /** Whole seconds to wait before trying again, where that is known. */
  retryAfterSeconds?: number;
  /** More members of the problem document, such as the tenants that use a reseller. Never secrets. */
  extensions?: Readonly<Record<string, unknown>>;
}

/**
 * An outcome we planned for. `code` is stable and documented (product.md §12); `message` is safe to show.
 * Anything else thrown is a bug or an outage.
 */
export class AppError extends Error {
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    details: AppErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AppError";
    this.errors = details.errors ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.extensions = details.extensions ?? {};
  }
}

/** True for an `AppError` with this code. */
export function hasCode(error: unknown, code: string): error is AppError {
  return error instanceof AppError && error.code === code;
}
