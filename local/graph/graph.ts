import type { FastifyRequest } from "fastify";
import { addFaultHooks, createFaults } from "../entra/faults";
import { createServer, listenOnLoopback } from "../entra/loopback-server";
import type { StandIn, StandInOptions } from "../stand-in";
import { VirtualClock } from "../virtual-clock";
import { addControl } from "./control";
import { graphErrorBody } from "./graph-error";
import { addRoutes } from "./routes";
import type { GraphSeed, SubscribedSku } from "./seed";
import { defaultSwitches, tenantsOf, type GraphState, type VerifyToken } from "./state";

export interface GraphOptions extends StandInOptions {
  seed: GraphSeed;
  /** Proves access tokens; `Entra.verify` fits. */
  verify: VerifyToken;
}

/** A running Microsoft Graph with the directory objects of several tenants. */
export interface Graph extends StandIn {
  /** Replaces the licences of a tenant, as a change of seats at Partner Center does. Unknown tenant: an Error. */
  setSubscribedSkus: (tenantId: string, skus: SubscribedSku[]) => void;
}

/** Starts a local Microsoft Graph. Throws `PortInUseError` when the port is taken. */
export async function startGraph(options: GraphOptions): Promise<Graph> {
  const clock = options.clock ?? new VirtualClock();
  let base = "";
  const fresh = (): Fresh => ({ tenants: tenantsOf(options.seed), switches: { ...defaultSwitches } });
  const { verify } = options;
  const state: GraphState = { clock, verify, faults: createFaults(), url: () => base, ...fresh() };
  const reset = (): void => {
    Object.assign(state, fresh());
    state.faults.clear();
  };
  const app = createServer(options.tls);
  const body = (status: number, request: FastifyRequest) => faultBody(state, status, request);
  addFaultHooks(app, { clock, faults: state.faults, routeOf, body });
  addRoutes(app, state);
  addControl(app, state, reset);
  const { url, port } = await listenOnLoopback(app, "Graph", options);
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
    setSubscribedSkus: (tenantId, skus) => setSubscribedSkus(state, tenantId, skus),
  };
}

function setSubscribedSkus(state: GraphState, tenantId: string, skus: SubscribedSku[]): void {
  const tenant = state.tenants.get(tenantId.toLowerCase());
  if (!tenant) throw new Error(`No tenant "${tenantId}".`);
  tenant.subscribedSkus = structuredClone(skus);
}

/** The part of the state that a reset replaces. */
type Fresh = Pick<GraphState, "tenants" | "switches">;

/** Names of routes for faults: the first segment after the version. */
function routeOf(request: FastifyRequest): string | undefined {
  const [, version, name] = (request.routeOptions.url ?? "").split("/");
  return version === "v1.0" ? name : undefined;
}

function faultBody(state: GraphState, status: number, request: FastifyRequest): Record<string, unknown> {
  const now = state.clock.now();
  if (status === 429) return graphErrorBody(request, "TooManyRequests", "Too many requests.", now);
  return graphErrorBody(request, "ServiceUnavailable", `The service cannot answer (${status}).`, now);
}
