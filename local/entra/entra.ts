import type { FastifyInstance, FastifyRequest } from "fastify";
import type { JWTPayload } from "jose";
import type { StandIn, StandInOptions } from "../stand-in";
import { VirtualClock } from "../virtual-clock";
import { addAdminConsentEndpoint } from "./admin-consent-endpoint";
import { addAuthorizeEndpoint } from "./authorize-endpoint";
import { addControl } from "./control";
import { createDirectories } from "./directories";
import { addDiscoveryEndpoints } from "./discovery-endpoints";
import { traceOf } from "./entra-error";
import { addFaultHooks, createFaults } from "./faults";
import { createGrants } from "./grants";
import { createServer, listenOnLoopback } from "./loopback-server";
import { grantForEveryone, grantSeededConsents } from "./permissions";
import type { EntraSeed } from "./seed";
import { issueServiceToken, type ServiceToken } from "./service-token";
import { createSigningKeys } from "./signing-keys";
import { defaultSwitches, type EntraState } from "./state";
import { addTokenEndpoint } from "./token-endpoint";
import { verifyAccessToken } from "./verify-token";

export interface EntraOptions extends StandInOptions {
  seed: EntraSeed;
}

/** A running Entra: sign-in, tokens and keys of several directories. */
export interface Entra extends StandIn {
  /**
   * Claims of an access token of this Entra: genuine, unexpired (real time), its issuer and directory fitting together.
   * With `audience`, for that API too. Rejects with an Error that says why not.
   */
  verify: (token: string, audience?: string | string[]) => Promise<JWTPayload>;
  /** A token of a managed identity, for its endpoint to hand out. An unknown client id is one of the first directory. */
  issueServiceToken: (resource: string, clientId?: string) => Promise<ServiceToken>;
  /** What an administrator's consent does; unknown directory or app: an Error. Permissions as in the seed. */
  grantConsent: (tenant: string, appId: string, permissions: string[]) => void;
}

/** Starts a local Microsoft Entra ID. Throws `PortInUseError` when the port is taken. */
export async function startEntra(options: EntraOptions): Promise<Entra> {
  const clock = options.clock ?? new VirtualClock();
  const keys = await createSigningKeys(clock);
  let base = "";
  const fresh = (): Fresh => freshState(options.seed, clock);
  const state: EntraState = { clock, keys, faults: createFaults(), url: () => base, ...fresh() };
  const reset = (): void => {
    Object.assign(state, fresh());
    state.faults.clear();
    keys.reset();
  };
  const app = createServer(options.tls);
  addEndpoints(app, state);
  addControl(app, state, reset);
  const { url, port } = await listenOnLoopback(app, "Entra", options);
  base = url;
  return {
    url,
    port,
    reset: () => {
      reset();
      return Promise.resolve();
    },
    close: async () => {
      await app.close();
      if (!options.clock) clock.stop();
    },
    verify: (token, audience) => verifyAccessToken(state, token, audience),
    issueServiceToken: (resource, clientId) => issueServiceToken(state, resource, clientId),
    grantConsent: (tenant, appId, permissions) => grantConsent(state, tenant, appId, permissions),
  };
}

/** The part of the state that a reset replaces. */
type Fresh = Pick<EntraState, "directories" | "grants" | "switches">;

function freshState(seed: EntraSeed, clock: VirtualClock): Fresh {
  const directories = createDirectories(seed);
  grantSeededConsents(seed, directories);
  return { directories, grants: createGrants(clock), switches: { ...defaultSwitches } };
}

function addEndpoints(app: FastifyInstance, state: EntraState): void {
  const { clock, faults } = state;
  addFaultHooks(app, { clock, faults, routeOf, body: (status, request) => unavailable(state, status, request) });
  addDiscoveryEndpoints(app, state);
  addAuthorizeEndpoint(app, state);
  addTokenEndpoint(app, state);
  addAdminConsentEndpoint(app, state);
}

function grantConsent(state: EntraState, tenant: string, appId: string, permissions: string[]): void {
  const directory = state.directories.find(tenant);
  if (!directory) throw new Error(`No directory "${tenant}".`);
  if (!state.directories.registration(appId)) throw new Error(`No app "${appId}".`);
  grantForEveryone(directory, appId, permissions, state.directories);
}

/** Names of routes for faults: the last segment of the path, with readable names for the well-known ones. */
function routeOf(request: FastifyRequest): string | undefined {
  const path = request.routeOptions.url ?? "";
  if (path.startsWith("/_control") || path === "") return undefined;
  if (path.endsWith("openid-configuration")) return "discovery";
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The token endpoint's answer while Entra cannot serve (partner-center-api.md §2.6). */
function unavailable(state: EntraState, status: number, request: FastifyRequest): Record<string, unknown> {
  const trace = traceOf(request.headers, state.clock.now());
  return {
    error: "temporarily_unavailable",
    error_description: `The server is temporarily too busy to handle the request (${status}).`,
    error_codes: [90033],
    timestamp: trace.at.toISOString(),
    trace_id: trace.traceId,
    correlation_id: trace.correlationId,
  };
}
