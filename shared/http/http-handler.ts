import type { HttpHandler, HttpRequest, HttpResponseInit } from "@azure/functions";
import type { Actor } from "../domain/access/actor";
import { may } from "../domain/access/actor";
import { NewerVersionError, NEWER_VERSION_PAUSE_SECONDS } from "../domain/decisions/newer-version";
import type { Route } from "../api/route";
import { AppError, hasCode } from "../errors";
import { checkRefusal, checkResult } from "./check-response";
import type { AnyResult, Endpoint, RawRequest } from "./endpoint";
import { readIdempotencyKey, readIfMatch } from "./preconditions";
import { toProblem } from "./problem";
import { parseJson, readBody } from "./read-body";
import { HttpRefusal } from "./refusal";
import type { RequestLimits } from "./request-limits";
import { readAccepts, readClientIp, readCookies, readCorrelationId, readWaitSeconds } from "./request-facts";
import { mergeHeaders, toHttpResponse } from "./respond";

/** Asked on the way of a sign-in, so that nobody is let through to storage too often; what it throws is thrown. */
export interface SignInGuard {
  /** Before a token that is not verified yet makes us ask storage or Entra for something. */
  beforeLookup(): void;
  /** As soon as it is certain who calls, before anything is read for them. */
  verified(callerId: string): void;
}

/** Who calls, from the Authorization header; throws `unauthenticated` for no token or a bad one. */
export type Authenticate = (authorization: string | undefined, guard: SignInGuard) => Promise<Actor>;

/** Where the edge tells what it did: one line per request, and whole errors that nobody planned for. Never throws. */
export interface RequestLog {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** What all endpoints share. */
export interface HttpEdge {
  authenticate: Authenticate;
  limits: RequestLimits;
  log: RequestLog;
  /** The address under which the outside reaches us: the base of every link we give. */
  publicUrl: URL;
  /** Told by which correlation id the request that begins now is known. */
  onRequest?: (correlationId: string) => void;
  /** Hold each answer against its declaration; a difference is a logged 500. For tests. */
  checkResponses?: boolean;
}

/** An endpoint as the host calls it. It never throws: whatever happens is answered, and told to the log. */
export function createHttpHandler(endpoint: Endpoint, edge: HttpEdge): HttpHandler {
  return async (request) => {
    const startedAt = performance.now();
    const correlationId = readCorrelationId(request.headers);
    edge.onRequest?.(correlationId);
    const response = await answer(endpoint, edge, request, correlationId);
    const durationMs = Math.round(performance.now() - startedAt);
    edge.log.info("request", { route: endpoint.route.name, status: response.status, durationMs, correlationId });
    return response;
  };
}

async function answer(
  { route, answer: run }: Endpoint,
  edge: HttpEdge,
  request: HttpRequest,
  correlationId: string,
): Promise<HttpResponseInit> {
  try {
    const raw = await readRequest(route, edge, request, correlationId);
    const result = await run(raw);
    if (edge.checkResponses === true) checkResult(route, result);
    return toHttpResponse(route, withFacts(route, result, raw), edge.publicUrl);
  } catch (raised) {
    const thrown = raised instanceof NewerVersionError ? refusalOfNewer(raised) : raised;
    const error = edge.checkResponses === true ? declaredOrBug(route, thrown) : thrown;
    const problem = toProblem(error, {
      correlationId,
      instance: new URL(request.url).pathname,
      hasCredentials: request.headers.has("authorization"),
    });
    logFailure(route, edge, error, problem.status, correlationId);
    return {
      status: problem.status,
      headers: mergeHeaders(problem.headers, { "x-correlation-id": correlationId }),
      body: JSON.stringify(problem.document),
    };
  }
}

/** Who asks and how often, before anything is told about the request; schemas last (in `Endpoint.answer`). */
async function readRequest(
  route: Route,
  edge: HttpEdge,
  request: HttpRequest,
  correlationId: string,
): Promise<RawRequest> {
  const { headers } = request;
  const asked = new URL(request.url);
  const url = new URL(asked.pathname + asked.search, edge.publicUrl);
  const clientIp = readClientIp(headers);
  const actor = await readActor(route, edge, headers, clientIp);
  // The library has already dropped the body of a GET; its headers may still speak of one.
  const bytes = route.method === "GET" ? new Uint8Array() : await readBody(request);
  return {
    params: request.params,
    query: url.searchParams,
    idempotencyKey: readIdempotencyKey(route, headers),
    ifMatch: readIfMatch(route, headers),
    actor,
    body: parseJson(bytes),
    waitSeconds: readWaitSeconds(headers),
    accepts: readAccepts(headers),
    correlationId,
    clientIp,
    url,
    cookies: readCookies(headers),
  };
}

async function readActor(
  route: Route,
  edge: HttpEdge,
  headers: Headers,
  clientIp: string | undefined,
): Promise<Actor | undefined> {
  if (route.permission === "anonymous") {
    edge.limits.takeOfAddress(clientIp);
    return undefined;
  }
  const actor = await signIn(edge, route, headers.get("authorization") ?? undefined, clientIp);
  if (route.permission !== "signedIn" && !may(actor, route.permission)) {
    throw new AppError("forbidden", "forbidden", `You need the permission ${route.permission}.`);
  }
  return clientIp === undefined ? actor : { ...actor, clientIp };
}

/** Tokens that are refused use up the budget of their address, never a caller's (docs/adr/0013-limits-per-caller.md). */
async function signIn(
  { authenticate, limits }: HttpEdge,
  route: Route,
  authorization: string | undefined,
  clientIp: string | undefined,
): Promise<Actor> {
  try {
    return await authenticate(authorization, {
      beforeLookup: () => limits.checkRefusals(clientIp),
      verified: (callerId) => limits.takeOfCaller(callerId, route.method),
    });
  } catch (error) {
    if (hasCode(error, "unauthenticated")) limits.takeRefusal(clientIp);
    throw error;
  }
}

function withFacts(route: Route, result: AnyResult, raw: RawRequest): AnyResult {
  const headers: Record<string, string> = { "x-correlation-id": raw.correlationId };
  // RFC 7240 §3: says that the preference was understood; only changes have an end to wait for.
  if (raw.waitSeconds > 0 && route.responses[202] !== undefined) {
    headers["Preference-Applied"] = `wait=${raw.waitSeconds}`;
  }
  return { ...result, headers: { ...headers, ...result.headers } };
}

/** Something the request needs was written by a newer version for itself alone: during a deployment, or after a roll-back. */
function refusalOfNewer(cause: NewerVersionError): AppError {
  return new AppError(
    "unavailable",
    "newerVersion",
    "A newer version of this software wrote what this request needs, and this one cannot read it. Send the same request again later: it is done once.",
    { cause, retryAfterSeconds: NEWER_VERSION_PAUSE_SECONDS },
  );
}

/** In tests an undeclared refusal becomes an unplanned error, so that it cannot go unseen. */
function declaredOrBug(route: Route, thrown: unknown): unknown {
  if (!isPlanned(thrown)) return thrown;
  try {
    checkRefusal(route, thrown);
    return thrown;
  } catch (undeclared) {
    return undeclared;
  }
}

function isPlanned(thrown: unknown): thrown is AppError | HttpRefusal {
  return thrown instanceof AppError || thrown instanceof HttpRefusal;
}

function logFailure(route: Route, edge: HttpEdge, error: unknown, status: number, correlationId: string): void {
  const fields = { route: route.name, status, correlationId, error };
  if (!isPlanned(error)) edge.log.error("request failed", fields);
  else if (status >= 500) edge.log.warn("request refused by what we depend on", fields);
}
