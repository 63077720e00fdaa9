import type { AnswerFacts, CallArguments, CallResult } from "./client-types";
import { ProblemDocument } from "./problem-document";
import { pathParameters, type Route } from "./route";

/** The API refused, or something before it did: the problem document says which and why. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly problem: ProblemDocument,
    /** Whole seconds after which another try makes sense, where the answer said so. */
    readonly retryAfterSeconds: number | undefined,
  ) {
    super(`${problem.code} (${status}): ${problem.detail}`);
    this.name = "ApiProblem";
  }
}

export interface ApiClient {
  /** Calls an operation; throws `ApiProblem` for a refusal and `fetch`'s error when no answer came. Never repeats. */
  call<const R extends Route>(route: R, ...input: CallArguments<R>): Promise<CallResult<R>>;
  /** Follows the `nextLink` of a list made by the same route. */
  next<const R extends Route>(route: R, nextLink: string): Promise<CallResult<R>>;
}

export interface ApiClientOptions {
  baseUrl: string | URL;
  /** Asked before each call of an operation that is not anonymous. */
  token: () => Promise<string>;
  fetch?: typeof globalThis.fetch;
  newKey?: () => string;
}

/** A client whose calls are typed by the declarations themselves. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const send = options.fetch ?? globalThis.fetch;
  const base = new URL(options.baseUrl);

  async function request<R extends Route>(route: R, url: URL, input: AnyInput): Promise<CallResult<R>> {
    const headers = headersOf(route, input, options.newKey ?? (() => crypto.randomUUID()));
    if (route.permission !== "anonymous") headers.set("authorization", `Bearer ${await options.token()}`);
    const response = await send(url, {
      method: route.method,
      headers,
      redirect: "manual",
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    });
    const answer: unknown = await readAnswer(route, response);
    if (!isDeclared(route, answer)) throw new TypeError(`${route.name} declares no ${response.status}.`);
    return answer;
  }

  return {
    call: async (route, ...[input = {}]) => request(route, urlOf(route, base, input), input),
    async next(route, nextLink) {
      const url = new URL(nextLink);
      // The token goes with it, so it goes nowhere else.
      if (url.origin !== base.origin) throw new TypeError(`This link leads to ${url.origin}, not to ${base.origin}.`);
      return request(route, url, {});
    },
  };
}

interface AnyInput {
  params?: unknown;
  query?: unknown;
  body?: unknown;
  ifMatch?: string | undefined;
  idempotencyKey?: string;
  waitSeconds?: number;
  correlationId?: string;
  signal?: AbortSignal;
}

interface AnyAnswer extends AnswerFacts {
  status: number;
  body?: unknown;
}

/** `readAnswer` has parsed the body with the schema of the answer's status; left to check is that this is declared. */
function isDeclared<R extends Route>(route: R, answer: unknown): answer is CallResult<R> {
  return (
    typeof answer === "object" && answer !== null && "status" in answer && String(answer.status) in route.responses
  );
}

function urlOf(route: Route, base: URL, input: AnyInput): URL {
  const params = new Map(Object.entries(input.params ?? {}));
  let path: string = route.path;
  for (const name of pathParameters(route.path)) {
    path = path.replace(`{${name}}`, encodeURIComponent(textOf(params.get(name))));
  }
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(input.query ?? {})) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) if (one !== undefined) url.searchParams.append(name, textOf(one));
  }
  return url;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TypeError("A parameter must be text, a number or a boolean.");
}

function headersOf(route: Route, input: AnyInput, newKey: () => string): Headers {
  const headers = new Headers({ accept: "application/json, application/problem+json" });
  if (input.body !== undefined) headers.set("content-type", "application/json");
  if (route.method !== "GET") headers.set("idempotency-key", input.idempotencyKey ?? newKey());
  if (input.ifMatch !== undefined) headers.set("if-match", input.ifMatch);
  else if (route.concurrency !== undefined) headers.set("if-none-match", "*");
  if (input.waitSeconds !== undefined) headers.set("prefer", `wait=${input.waitSeconds}`);
  if (input.correlationId !== undefined) headers.set("x-correlation-id", input.correlationId);
  return headers;
}

async function readAnswer(route: Route, response: Response): Promise<AnyAnswer> {
  const declared = new Map(Object.entries(route.responses)).get(String(response.status));
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") === true;
  const text = await response.text();
  if (declared === undefined || isProblem) throw problemOf(response, text);
  const facts = { status: response.status, etag: response.headers.get("etag") ?? undefined, headers: response.headers };
  if (declared.schema !== undefined) return { ...facts, body: declared.schema.parse(JSON.parse(text)) };
  return declared.contentType === undefined ? facts : { ...facts, body: text };
}

/** The problem document, or one of our own making when a proxy or a stranger answered. */
function problemOf(response: Response, text: string): ApiProblem {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const parsed = ProblemDocument.safeParse(jsonOrUndefined(text));
  const problem = parsed.data ?? {
    type: "about:blank",
    title: "Unexpected answer",
    status: response.status,
    detail: `The answer was ${response.status} and no problem document.`,
    instance: new URL(response.url || "http://unknown/").pathname,
    code: "unexpectedAnswer",
    correlationId: response.headers.get("x-correlation-id") ?? "",
  };
  return new ApiProblem(response.status, problem, Number.isFinite(seconds) ? seconds : undefined);
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
