import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { TlsFiles } from "../stand-in";
import { anonymous, callerOf, readUnverified, type TokenClaims, type VerifyToken } from "./authenticate";
import { dropConnection, dropped, faultsAfter, faultsBefore, gatewayThrottle } from "./call-faults";
import { Refusal, refuse } from "./errors";
import { createIdSource, type IdSource } from "./id-source";
import { recordPartnerRequest } from "./partner-requests";
import { exceededRate } from "./rate-limit";
import type { AddRoute, Answer, Call, Handler, RouteRule, Simulation } from "./route";
import { serialize } from "./serialize";
import { faultTargetOf, refusalAnswer } from "./write";

export interface ServerOptions {
  simulation: Simulation;
  verifyToken: VerifyToken;
  /** Aborted on close: ends latency that is still running. */
  stopped: AbortSignal;
  tls?: TlsFiles | undefined;
}

export interface SimulatorServer {
  app: FastifyInstance;
  add: AddRoute;
  /** Names of all routes, for the control API. */
  routeNames: string[];
}

/** What every call has before it is authenticated. */
interface Tracing {
  requestId: string;
  correlationId: string;
  locale: string;
}

/** The HTTP side of Partner Center: tracing headers, tokens, faults, error shapes. Features add their routes to it. */
export function createServer(options: ServerOptions): SimulatorServer {
  const { simulation } = options;
  const app = Fastify({
    forceCloseConnections: true,
    bodyLimit: 16 * 2 ** 20,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 500 },
    ...(options.tls ? { https: { cert: options.tls.cert, key: options.tls.key } } : {}),
  } as { forceCloseConnections: true });
  // Ids of tracing have a source of their own: reads must not change the ids of what is created later.
  const tracingIds = createIdSource(0x7ace);
  keepRawBodies(app);
  const routeNames: string[] = [];
  const add: AddRoute = (rule, handler) => {
    if (routeNames.includes(rule.name)) throw new Error(`Two routes are named ${rule.name}.`);
    routeNames.push(rule.name);
    app.route({
      method: rule.method,
      url: rule.path,
      handler: async (request, reply) => {
        const tracing = tracingOf(request, tracingIds);
        const answer = await answerCall(options, rule, handler, request, tracing);
        if (answer === dropped) dropConnection(reply);
        else send(reply, simulation, answer, tracing);
        return reply;
      },
    });
  };
  app.setNotFoundHandler((request, reply) => {
    const answer = refusalAnswer(new Refusal(404, "1000", `No resource is at ${request.url}.`));
    send(reply, simulation, answer, tracingOf(request, tracingIds));
    return reply;
  });
  return { app, add, routeNames };
}

/** JSON is parsed per call, so that a broken body gets Partner Center's own error. */
function keepRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
}

async function answerCall(
  options: ServerOptions,
  rule: RouteRule,
  handler: Handler,
  request: FastifyRequest,
  tracing: Tracing,
): Promise<Answer | typeof dropped> {
  const { callCounts } = options.simulation.world;
  callCounts.set(rule.name, (callCounts.get(rule.name) ?? 0) + 1);
  let mfaHeader: Record<string, string> = {};
  const withMfa = (answer: Answer): Answer => ({ ...answer, headers: { ...mfaHeader, ...answer.headers } });
  try {
    const claims = rule.token === "none" ? {} : await claimsOf(request, options, (found) => (mfaHeader = found));
    const call = buildCall(options.simulation, rule, claims, request, tracing);
    recordPartnerRequest(call);
    const { faults } = call.simulation;
    const early = await faultsBefore(faults, faultTargetOf(call), options.stopped);
    if (early === dropped) return dropped;
    if (early) return withMfa(early);
    const waitSeconds = exceededRate(call);
    if (waitSeconds !== undefined) return withMfa(gatewayThrottle(waitSeconds));
    const late = await faultsAfter(faults, faultTargetOf(call), await runHandler(call, handler));
    return late === dropped ? dropped : withMfa(late);
  } catch (error) {
    return withMfa(answerToError(error));
  }
}

/** A refusal is an answer too: it may get lost on its way like any other. */
async function runHandler(call: Call, handler: Handler): Promise<Answer> {
  try {
    refuseStranger(call);
    return await handler(call);
  } catch (error) {
    return answerToError(error);
  }
}

function answerToError(error: unknown): Answer {
  if (error instanceof Refusal) return refusalAnswer(error);
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  return refusalAnswer(new Refusal(500, "800003", "An unexpected error occurred."));
}

function tracingOf(request: FastifyRequest, ids: IdSource): Tracing {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    requestId: header("ms-requestid") ?? ids.guid(),
    correlationId: header("ms-correlationid") ?? ids.guid(),
    locale: header("x-locale") ?? "en-US",
  };
}

function bearerToken(request: FastifyRequest): string {
  const match = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "");
  return match?.[1] ?? refuseUnauthorized("800001", "The partner token is missing in the request context.");
}

function refuseUnauthorized(code: string, description: string): never {
  const challenge = { "www-authenticate": "OAuth realm=urn:cpsvc:cpid:00000000-0000-0000-0000-000000000000" };
  throw new Refusal(401, code, description, [], challenge);
}

/** The claims of the bearer token; tells about MFA also where the token is refused afterwards. */
async function claimsOf(
  request: FastifyRequest,
  options: ServerOptions,
  tellMfa: (headers: Record<string, string>) => void,
): Promise<TokenClaims> {
  const token = bearerToken(request);
  tellMfa(mfaComplianceOf(request, token));
  return verifiedClaims(token, options.verifyToken);
}

async function verifiedClaims(token: string, verify: VerifyToken): Promise<TokenClaims> {
  try {
    return await verify(token);
  } catch {
    return refuseUnauthorized("400", "Access denied: the token is not valid.");
  }
}

/** `ValidateMfa: true` asks whether the token is good enough, whatever becomes of the call. */
function mfaComplianceOf(request: FastifyRequest, token: string): Record<string, string> {
  if (String(request.headers["validatemfa"]).toLowerCase() !== "true") return {};
  const methods = readUnverified(token)?.["amr"];
  const compliant = Array.isArray(methods) && methods.some((method) => method === "mfa" || method === "ngcmfa");
  return { ismfacompliant: String(compliant) };
}

function buildCall(
  simulation: Simulation,
  rule: RouteRule,
  claims: TokenClaims,
  request: FastifyRequest,
  tracing: Tracing,
): Call {
  const { world, switches } = simulation;
  const caller = rule.token === "none" ? anonymous : callerOf(claims, rule, world, switches);
  const headers = flatHeaders(request);
  if (switches.requireContractVersion && !headers["ms-contract-version"]) {
    refuse(400, "3000", "The header MS-Contract-Version is missing.", ["MS-Contract-Version"]);
  }
  const [path = "", query = ""] = request.url.split("?", 2);
  return {
    simulation,
    routeName: rule.name,
    method: request.method,
    path,
    params: readParams(request.params),
    query: new URLSearchParams(query),
    headers,
    body: parseBody(request.body),
    caller,
    ...tracing,
    now: simulation.clock.now(),
  };
}

function flatHeaders(request: FastifyRequest): Record<string, string | undefined> {
  const entries = Object.entries(request.headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]));
}

/** Ids are compared in lower case: GUIDs come in either. */
function readParams(params: unknown): Record<string, string> {
  const entries = Object.entries(params ?? {}).map(([name, value]) => [name, String(value)] as const);
  const isGuid = (name: string): boolean => name === "customerId" || name === "subscriptionId";
  return Object.fromEntries(entries.map(([name, value]) => [name, isGuid(name) ? value.toLowerCase() : value]));
}

function parseBody(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8").replace(/^\uFEFF/, ""));
  } catch {
    return refuse(400, "800002", "The request body is not valid JSON.");
  }
}

/** A customer that is unknown, or belongs to other partners, looks the same: there is no relationship. */
function refuseStranger(call: Call): void {
  const customerId = call.params["customerId"];
  if (customerId === undefined) return;
  const { world } = call.simulation;
  const relationship = world.customers.get(customerId)?.relationships[call.caller.partner.tenantId];
  if (relationship === undefined || relationship === "none") {
    refuse(403, "20002", "There is no commerce relationship between the partner and the customer.");
  }
}

function send(reply: FastifyReply, simulation: Simulation, answer: Answer, tracing: Tracing): void {
  const { switches, clock } = simulation;
  const echo = (value: string): string => (switches.doubledEchoHeaders ? `${value},${value}` : value);
  const body = serialize(answer, switches);
  reply.raw.sendDate = false;
  void reply
    .code(answer.status)
    .headers({
      date: clock.now().toUTCString(),
      "ms-requestid": echo(tracing.requestId),
      "ms-correlationid": echo(tracing.correlationId),
      "ms-cv": tracing.correlationId.replaceAll("-", "").slice(0, 16) + ".0",
      "ms-serverid": "simulator",
      "x-locale": tracing.locale,
      ...(body ? { "content-type": "application/json; charset=utf-8" } : {}),
      ...answer.headers,
    })
    .send(body);
}
