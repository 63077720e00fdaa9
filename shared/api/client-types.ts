import type { z } from "zod";
import type { Route, StatusOf } from "./route";

type InputOf<R extends Route, Part extends "params" | "query" | "body"> = R extends {
  [K in Part]: infer S extends z.ZodType;
}
  ? undefined extends z.input<S>
    ? { [K in Part]?: z.input<S> }
    : Record<string, never> extends z.input<S>
      ? { [K in Part]?: z.input<S> }
      : { [K in Part]: z.input<S> }
  : { [K in Part]?: never };

type PreconditionOf<R extends Route> = R extends { concurrency: infer C }
  ? C extends "ifMatch"
    ? { ifMatch: string }
    : C extends "ifMatchOrNoneMatch"
      ? { ifMatch?: string }
      : { ifMatch?: never }
  : { ifMatch?: never };

/** What a call needs, as the declaration says. */
type CallInput<R extends Route> = InputOf<R, "params"> &
  InputOf<R, "query"> &
  InputOf<R, "body"> &
  PreconditionOf<R> & {
    /** Kept by the caller to repeat a write safely; a new one when absent. */
    idempotencyKey?: string;
    /** `Prefer: wait=n`. */
    waitSeconds?: number;
    correlationId?: string;
    signal?: AbortSignal;
  };

/** The input may be left out where nothing in it is required. */
export type CallArguments<R extends Route> =
  Record<string, never> extends CallInput<R> ? [input?: CallInput<R>] : [input: CallInput<R>];

export interface AnswerFacts {
  /** As sent; give it back as `ifMatch`. */
  etag: string | undefined;
  headers: Headers;
}

/** A declared answer, its body parsed by the declared schema. Bodies that are not JSON come as text. */
export type CallResult<R extends Route> = {
  [Status in StatusOf<R>]: { status: Status } & AnswerFacts &
    (R["responses"][Status] extends { schema: infer S extends z.ZodType }
      ? { body: z.output<S> }
      : R["responses"][Status] extends { contentType: string }
        ? { body: string }
        : { body?: undefined });
}[StatusOf<R>];
