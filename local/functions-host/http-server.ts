import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isMasterKey, mayCall, presentedKey } from "./access-keys";
import type { HttpTrigger } from "./bindings";
import { applyCors, type CorsOptions } from "./cors";
import type { InvocationResponse, RegisteredFunction, TypedData } from "./core-api";
import { toTypedRequest, writeTypedResponse } from "./http-conversion";
import type { Invocations } from "./invocations";
import { errorText, type Log } from "./log";
import { compileRoutes, type Route } from "./routes";
import type { HostKeys } from "./settings";
import { traceContextFrom } from "./trace-context";

export interface HttpFunction {
  fn: RegisteredFunction;
  bindingName: string;
  options: HttpTrigger;
  disabled: boolean;
}

export interface HttpServerDeps {
  invocations: Invocations;
  keys: HostKeys;
  bodyLimit: number;
  /** Of host.json: on every answer that does not have them. */
  customHeaders: Readonly<Record<string, string>>;
  cors: CorsOptions;
  log: Log;
  /** Everything under `/admin`. */
  admin: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
}

/** Of path and query together, as in Azure; Node.js itself has a limit for all headers. */
const URL_LIMIT = 8_192;

/** The full route template of a function: prefix from host.json, then its route, or its name. */
export function routeTemplate(routePrefix: string, functionName: string, options: HttpTrigger): string {
  return [routePrefix, options.route ?? functionName]
    .map((part) => part.replace(/^\/|\/$/g, ""))
    .filter(Boolean)
    .join("/");
}

/** Serves the HTTP functions of an app, not yet listening. Routes that cannot be understood throw. */
export function createHttpServer(routes: readonly Route<HttpFunction>[], deps: HttpServerDeps): Server {
  const find = compileRoutes(routes);

  /** Answers a request, or returns the status to answer it with. */
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<number | undefined> => {
    for (const [name, value] of Object.entries(deps.customHeaders)) response.setHeader(name, value);
    if ((request.url ?? "").length > URL_LIMIT) return 414;
    const url = requestUrl(request);
    if (!url) return 400;
    if (applyCors(deps.cors, request, response)) return undefined;
    if (/^\/admin(\/|$)/i.test(url.pathname)) {
      await deps.admin(request, response, url);
      return undefined;
    }
    // Where extensions listen in Azure, with keys of their own; there are none here.
    if (/^\/runtime(\/|$)/i.test(url.pathname)) return isMasterKey(deps.keys, presentedKey(request, url)) ? 404 : 401;
    // Azure answers 404 for a known route with another method too: the method is part of what a route matches.
    const match = find(request.method ?? "GET", url.pathname);
    if (!match) return 404;
    const { fn, options, disabled } = match.target;
    const key = presentedKey(request, url);
    if (disabled && !isMasterKey(deps.keys, key)) return 404;
    if (!mayCall(deps.keys, options.authLevel, fn.metadata.name, key)) return 401;

    const body = await readBody(request, deps.bodyLimit);
    if (!body) return refuseBody(request, response);
    const result = await call(deps, match.target, request, toTypedRequest(request, url, match.params, body));
    if (!result) return 500;
    writeTypedResponse(response, result.returnValue);
    return undefined;
  };

  return createServer((request, response) => {
    handle(request, response)
      .then((status) => {
        if (status !== undefined) answer(response, status);
      })
      .catch((error: unknown) => {
        deps.log({ level: "error", message: errorText(error) });
        if (response.headersSent) response.destroy();
        else answer(response, 500);
      });
  });
}

/** Runs the function; `undefined` when it failed, which is logged with the invocation and none of the caller's business. */
async function call(
  { invocations }: HttpServerDeps,
  { fn, bindingName }: HttpFunction,
  request: IncomingMessage,
  input: TypedData,
): Promise<InvocationResponse | undefined> {
  const { traceparent, tracestate } = request.headers;
  try {
    return await invocations.run(fn, {
      inputs: { [bindingName]: input },
      traceContext: traceContextFrom(traceparent, tracestate),
      reason: "This function was programmatically called via the host APIs.",
    });
  } catch {
    return undefined;
  }
}

/** All bytes of the body, or `undefined` when it is larger than `limit`. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > limit) return undefined;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) resolve(undefined);
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(new Error("The caller went away before its request was complete.")));
  });
}

function refuseBody(request: IncomingMessage, response: ServerResponse): number {
  response.setHeader("connection", "close");
  // Takes in what the caller still sends, else it would see a reset connection and not the answer.
  request.resume();
  return 413;
}

function requestUrl(request: IncomingMessage): URL | undefined {
  const url = `http://${request.headers.host ?? "localhost"}${request.url ?? "/"}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-length": 0 }).end();
}
