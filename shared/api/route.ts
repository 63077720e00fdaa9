import { z } from "zod";
import type { Permission } from "../domain/access/permissions";

/** Who may call: holders of a permission, anybody with a valid token, or anybody at all (callbacks, health, documents). */
type Access = Permission | "signedIn" | "anonymous";

/**
 * Which precondition a write carries (design §6). `ifMatch`: the row exists and the caller names its ETag.
 * `ifNoneMatch`: the row must not exist (`If-None-Match: *`). `ifMatchOrNoneMatch`: a PUT that creates or replaces.
 */
export type Concurrency = "ifMatch" | "ifNoneMatch" | "ifMatchOrNoneMatch";

/** The statuses a handler may answer with. Refusals are thrown as `AppError` and declared in `errors`, save a failed check. */
export type ResponseStatus = 200 | 201 | 202 | 204 | 302 | 303 | 400 | 404 | 503;

export interface ResponseDeclaration {
  readonly description: string;
  /** The JSON body as it stands on the wire. Without it there is no body, unless `contentType` names another kind. */
  readonly schema?: z.ZodType;
  /** For a body that is not JSON, such as `text/html`; the handler then gives text or bytes. */
  readonly contentType?: string;
  /** Beside `schema`: a second form of the same answer that is no JSON, such as CSV; the handler then gives `otherBody`. */
  readonly otherContentType?: string;
  /** Headers worth documenting, with what they say. ETag, Location and the like are sent from the handler's result. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ErrorDeclaration {
  readonly status: number;
  /** When it happens, for the reader of the API reference. */
  readonly description: string;
}

/** One operation of the API, declared once: registration, validation, authorisation, OpenAPI and client follow from it. */
export interface Route {
  /** Letters and digits, camelCase as a rule; the function's name in Azure and the `operationId`. */
  readonly name: string;
  /** Rows of the operation table that this route serves, such as `["C3"]`. */
  readonly operations: readonly string[];
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute, with `{name}` for each parameter: `/api/v1/csp/resellers/{resellerId}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly permission: Access;
  readonly params?: z.ZodObject;
  /**
   * GET only, so that a key and a body say everything there is to repeat of a write. Strict, except on an anonymous
   * route: the query of a callback is written by somebody else, who adds to it without asking.
   */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly concurrency?: Concurrency;
  readonly responses: { readonly [Status in ResponseStatus]?: ResponseDeclaration };
  /** The route's own error codes; those every route shares are in `common-errors.ts`. */
  readonly errors?: Readonly<Record<string, ErrorDeclaration>>;
}

/** The parsed path parameters a handler receives. */
export type ParamsOf<R extends Route> = R extends { params: infer S extends z.ZodObject }
  ? z.output<S>
  : Record<string, never>;
/** The parsed query a handler receives. */
export type QueryOf<R extends Route> = R extends { query: infer S extends z.ZodObject }
  ? z.output<S>
  : Record<string, never>;
/** The parsed body a handler receives; `undefined` where the route takes none. */
export type BodyOf<R extends Route> = R extends { body: infer S extends z.ZodType } ? z.output<S> : undefined;

/** The statuses a route declares. */
export type StatusOf<R extends Route> = keyof R["responses"] & ResponseStatus;

/**
 * Checks a declaration and returns it with its literal types, which handlers and clients read. A mistake in it is a
 * bug, found when the module loads: it throws a `TypeError` that names the route.
 */
export function defineRoute<const R extends Route>(route: R): R {
  const mistake = findMistake(route);
  if (mistake !== undefined) throw new TypeError(`Route ${route.name}: ${mistake}`);
  return route;
}

/** The names in braces of a path, in order. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? "");
}

function findMistake(route: Route): string | undefined {
  const declared = Object.keys(route.params?.shape ?? {}).sort();
  const inPath = pathParameters(route.path).sort();
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(route.name)) return "the name must be letters and digits: a function bears it.";
  if (declared.join() !== inPath.join()) return `the path has {${inPath.join()}}, params has {${declared.join()}}.`;
  if (route.method === "GET") {
    if (route.body !== undefined) return "a GET takes no body.";
    if (route.concurrency !== undefined) return "a GET takes no precondition.";
  } else {
    if (route.permission === "anonymous") return "an anonymous route must be a GET.";
    if (route.query !== undefined) return "only a GET takes a query.";
  }
  const query = route.permission === "anonymous" ? undefined : route.query;
  const loose = [query, route.body].find((schema) => schema instanceof z.ZodObject && !isStrict(schema));
  if (loose !== undefined) return "query and body must be strict objects (z.strictObject).";
  if (Object.keys(route.responses).length === 0) return "it declares no response.";
  return undefined;
}

function isStrict(schema: z.ZodObject): boolean {
  return schema.def.catchall instanceof z.ZodNever;
}
