import type { Cookie } from "@azure/functions";
import type { z } from "zod";
import type { Actor } from "../domain/access/actor";
import type { BodyOf, ParamsOf, QueryOf, ResponseStatus, Route, StatusOf } from "../api/route";
import type { Idempotency } from "./idempotency-key";
import { idempotencyOf } from "./idempotency-key";
import { parseBody, parseParams, parseQuery } from "./validate";

/** What a handler receives: everything checked and parsed, nothing of the transport. */
export interface EndpointRequest<R extends Route> {
  params: ParamsOf<R>;
  query: QueryOf<R>;
  body: BodyOf<R>;
  /** The verified caller; `undefined` on anonymous routes only. */
  actor: R["permission"] extends "anonymous" ? undefined : Actor;
  /** Under which the use case remembers a write's outcome; `undefined` on GET. */
  idempotency: R["method"] extends "GET" ? undefined : Idempotency;
  /** The ETag the caller read. With `ifMatchOrNoneMatch`, `undefined` says: create, it must not exist yet. */
  ifMatch: IfMatchOf<R>;
  /** `Prefer: wait=n`: how long the caller is ready to wait for the end of a change; 0 to 20. */
  waitSeconds: number;
  /** Whether the caller would rather have this media type than JSON (Accept). */
  accepts: (mediaType: string) => boolean;
  correlationId: string;
  clientIp: string | undefined;
  /** The request's address as the outside sees it, with its query. */
  url: URL;
  /** Only anonymous callbacks need these: the names and values the browser sent. */
  cookies: ReadonlyMap<string, string>;
}

type IfMatchOf<R extends Route> = R extends { concurrency: infer C }
  ? C extends "ifMatch"
    ? string
    : C extends "ifMatchOrNoneMatch"
      ? string | undefined
      : undefined
  : undefined;

interface ResultExtras {
  /** Opaque text; sent quoted in the ETag header and given back unchanged as `ifMatch`. */
  etag?: string;
  /** Sent as Operation-Location, made absolute. */
  operationLocation?: string;
  retryAfterSeconds?: number;
  headers?: Readonly<Record<string, string>>;
  cookies?: readonly Cookie[];
}

type ResultBody<D> = D extends { schema: infer S extends z.ZodType; otherContentType: string }
  ? { body: z.input<S>; otherBody?: never } | { body?: never; otherBody: string }
  : D extends { schema: infer S extends z.ZodType }
    ? { body: z.input<S> }
    : D extends { contentType: string }
      ? { body: string | Uint8Array }
      : { body?: never };

/** A redirect must say where to; 201 may. A path is made absolute with the public URL. */
type ResultLocation<Status> = Status extends 302 | 303 ? { location: string } : { location?: string };

/** What a handler may answer: one of the declared statuses, with the body that status declares. */
export type EndpointResult<R extends Route> = {
  [Status in StatusOf<R>]: { status: Status } & ResultBody<R["responses"][Status]> &
    ResultLocation<Status> &
    ResultExtras;
}[StatusOf<R>];

/** Any route's result, as the edge sends it. */
export interface AnyResult extends ResultExtras {
  status: ResponseStatus;
  body?: unknown;
  /** In place of `body`: the answer in the form of the declared `otherContentType`. */
  otherBody?: string;
  location?: string;
}

/** What the edge has read and checked before the schemas of the route come into play. */
export interface RawRequest {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The parsed JSON, or `undefined` when there was no body. */
  body: unknown;
  actor: Actor | undefined;
  idempotencyKey: string | undefined;
  ifMatch: string | undefined;
  waitSeconds: number;
  accepts: (mediaType: string) => boolean;
  correlationId: string;
  clientIp: string | undefined;
  url: URL;
  cookies: ReadonlyMap<string, string>;
}

/** A declaration with its handler; `createHttpHandler` and `registerEndpoints` bring it to the world. */
export interface Endpoint {
  route: Route;
  /** Parses by the route's schemas and runs the handler; throws `AppError` for what the caller did wrong. */
  answer: (raw: RawRequest) => Promise<AnyResult>;
}

/** Binds a handler to its declaration. The handler throws `AppError` for refusals and needs no try/catch. */
export function endpoint<const R extends Route>(
  route: R,
  handler: (request: EndpointRequest<R>) => Promise<EndpointResult<R>>,
): Endpoint {
  return {
    route,
    answer: async (raw) => {
      const params = parseParams(route, raw.params);
      const query = parseQuery(route, raw.query);
      const body = parseBody(route, raw.body);
      const { idempotencyKey, ...facts } = raw;
      const idempotency =
        idempotencyKey === undefined || raw.actor === undefined
          ? undefined
          : idempotencyOf({ callerId: raw.actor.id, route, params, body: raw.body, key: idempotencyKey });
      // The parts were parsed by the very schemas, and checked by the very declaration, their types are inferred from.
      const request = { ...facts, params, query, body, idempotency } as EndpointRequest<R>;
      return handler(request);
    },
  };
}
