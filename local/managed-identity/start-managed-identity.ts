import type { FastifyInstance, FastifyReply } from "fastify";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { StandIn, StandInOptions } from "../stand-in";
import { createLoopbackServer, listenOnLoopback } from "../tls/loopback-server";
import { IdentityFault, IdentityFaults } from "./identity-faults";
import type { IssuedToken } from "./token-issuer";
import { createTokenIssuer } from "./token-issuer";

export interface ManagedIdentityOptions extends StandInOptions {
  /** Absent: an issuer of its own, whose keys nobody knows. */
  issueToken?: (resource: string, clientId?: string) => Promise<IssuedToken>;
  /** What callers must send as `X-IDENTITY-HEADER`. Default: a new random value. */
  identityHeader?: string;
  /** Client ids of the user-assigned identities. Absent: every client id is one. */
  clientIds?: readonly string[];
  /** Whether requests without a client id are answered. Default true. */
  systemAssigned?: boolean;
}

export interface ManagedIdentity extends StandIn {
  /** What App Service sets for the app, and `@azure/identity` reads. */
  readonly environment: { IDENTITY_ENDPOINT: string; IDENTITY_HEADER: string };
  /** Requests that were answered with a token, in order. */
  calls(): readonly TokenCall[];
}

interface TokenCall {
  resource: string;
  clientId: string | undefined;
}

interface State {
  issueToken: (resource: string, clientId?: string) => Promise<IssuedToken>;
  identityHeader: string;
  clientIds: readonly string[] | undefined;
  systemAssigned: boolean;
  faults: IdentityFaults;
  calls: TokenCall[];
}

const API_VERSION = "2019-08-01";

const TokenQuery = z.object({
  "api-version": z.string().optional(),
  resource: z.string().optional(),
  client_id: z.string().optional(),
});

/** Starts the endpoint by which code in App Service and Functions gets tokens for its managed identity. */
export async function startManagedIdentity(options: ManagedIdentityOptions = {}): Promise<ManagedIdentity> {
  const state: State = {
    issueToken: options.issueToken ?? (await createTokenIssuer()).issueToken,
    identityHeader: options.identityHeader ?? randomUUID(),
    clientIds: options.clientIds,
    systemAssigned: options.systemAssigned ?? true,
    faults: new IdentityFaults(),
    calls: [],
  };
  const reset = (): void => {
    state.faults.clear();
    state.calls.length = 0;
  };
  const app = createLoopbackServer(options.tls);
  addTokenRoute(app, state);
  addControlRoutes(app, state, reset);
  const address = await listenOnLoopback(app, "managed identity", options);
  return {
    ...address,
    environment: { IDENTITY_ENDPOINT: `${address.url}/msi/token`, IDENTITY_HEADER: state.identityHeader },
    calls: () => state.calls,
    reset: () => {
      reset();
      return Promise.resolve();
    },
    close: () => app.close(),
  };
}

function addTokenRoute(app: FastifyInstance, state: State): void {
  app.get("/msi/token", async (request, reply) => {
    if (request.headers["x-identity-header"] !== state.identityHeader) {
      return refuse(reply, 401, "The X-IDENTITY-HEADER header is missing or does not match IDENTITY_HEADER.");
    }
    const query = TokenQuery.safeParse(request.query);
    if (!query.success) return refuse(reply, 400, z.prettifyError(query.error));
    const { "api-version": version, resource, client_id: clientId } = query.data;
    if (version !== API_VERSION) return refuseVersion(reply, request.url, version);
    if (!resource) return refuse(reply, 400, "The resource parameter is missing.");
    const unknown = unknownIdentity(state, clientId);
    if (unknown !== undefined) return refuse(reply, 400, unknown);
    const fault = state.faults.take();
    if (fault) return refuse(reply, fault.status, fault.message);
    return answer(reply, state, resource, clientId);
  });
}

async function answer(
  reply: FastifyReply,
  state: State,
  resource: string,
  clientId: string | undefined,
): Promise<FastifyReply> {
  try {
    const { token, expiresOn } = await state.issueToken(resource, clientId);
    state.calls.push({ resource, clientId });
    return await reply.send({
      access_token: token,
      expires_on: String(Math.floor(expiresOn.getTime() / 1000)),
      resource,
      token_type: "Bearer",
      ...(clientId === undefined ? {} : { client_id: clientId }),
    });
  } catch (error) {
    return refuse(reply, 400, error instanceof Error ? error.message : String(error));
  }
}

function unknownIdentity({ clientIds, systemAssigned }: State, clientId: string | undefined): string | undefined {
  if (clientId === undefined) return systemAssigned ? undefined : "Unable to load the proper Managed Identity.";
  if (!clientIds || clientIds.some((one) => one.toLowerCase() === clientId.toLowerCase())) return undefined;
  return "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
}

/** The error shape of App Service, which MSAL reads. */
function refuse(reply: FastifyReply, statusCode: number, message: string): FastifyReply {
  return reply.code(statusCode).send({ statusCode, message, correlationId: randomUUID() });
}

function refuseVersion(reply: FastifyReply, url: string, version: string | undefined): FastifyReply {
  const message = `The HTTP resource that matches the request URI '${url}' does not support the API version '${version ?? ""}'.`;
  return reply.code(400).send({ error: { code: "UnsupportedApiVersion", message, innerError: null } });
}

function addControlRoutes(app: FastifyInstance, { faults, calls }: State, reset: () => void): void {
  app.get("/_control/calls", () => ({ calls }));
  app.get("/_control/faults", () => ({ faults: faults.list() }));
  app.post("/_control/faults", (request, reply) => {
    const fault = IdentityFault.safeParse(request.body);
    if (!fault.success) return reply.code(400).send({ error: z.prettifyError(fault.error) });
    faults.add(fault.data);
    return reply.code(201).send(fault.data);
  });
  app.delete("/_control/faults", (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  app.post("/_control/reset", (_request, reply) => {
    reset();
    return reply.code(204).send();
  });
}
