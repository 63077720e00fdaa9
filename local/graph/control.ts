import type { FastifyInstance } from "fastify";
import { z, ZodError } from "zod";
import { FaultRule } from "../entra/faults";
import type { GraphTenantSeed } from "./seed";
import type { GraphState } from "./state";

const Sku = z.strictObject({
  skuId: z.string(),
  skuPartNumber: z.string(),
  appliesTo: z.enum(["User", "Company"]).default("User"),
  capabilityStatus: z.enum(["Enabled", "Warning", "Suspended", "Deleted", "LockedOut"]).default("Enabled"),
  consumedUnits: z.int().nonnegative().default(0),
  prepaidUnits: z.strictObject({
    enabled: z.int().nonnegative(),
    suspended: z.int().nonnegative().default(0),
    warning: z.int().nonnegative().default(0),
    lockedOut: z.int().nonnegative().default(0),
  }),
  servicePlans: z
    .array(
      z.strictObject({
        servicePlanId: z.string(),
        servicePlanName: z.string(),
        provisioningStatus: z.string(),
        appliesTo: z.string(),
      }),
    )
    .default([]),
  subscriptionIds: z.array(z.string()).exactOptional(),
});

const SwitchChange = z.strictObject({
  licenseAssignmentRead: z.boolean().exactOptional(),
  defaultPageSize: z.int().positive().exactOptional(),
});

class NotFound extends Error {}

/** `/_control/`: switches, faults and licence numbers, for tests and demos in any process. */
export function addControl(app: FastifyInstance, state: GraphState, reset: () => void): void {
  void app.register(
    (control, _options, done) => {
      control.setErrorHandler((error, _request, reply) => {
        if (error instanceof ZodError) return reply.code(400).send({ error: z.prettifyError(error) });
        if (error instanceof NotFound) return reply.code(404).send({ error: error.message });
        throw error;
      });
      addTenantControl(control, state);
      addPlatformControl(control, state, reset);
      done();
    },
    { prefix: "/_control" },
  );
}

function addTenantControl(control: FastifyInstance, state: GraphState): void {
  control.get("/tenants", () => ({ tenants: [...state.tenants.values()] }));
  control.put<{ Params: { tenant: string } }>("/tenants/:tenant/subscribed-skus", (request) => {
    const tenant = tenantNamed(state, request.params.tenant);
    tenant.subscribedSkus = z.array(Sku).parse(request.body);
    return { subscribedSkus: tenant.subscribedSkus };
  });
}

function addPlatformControl(control: FastifyInstance, state: GraphState, reset: () => void): void {
  control.get("/switches", () => state.switches);
  control.put("/switches", (request) => {
    state.switches = { ...state.switches, ...SwitchChange.parse(request.body) };
    return state.switches;
  });
  control.get("/faults", () => ({ faults: state.faults.list() }));
  control.post("/faults", (request) => {
    state.faults.add(FaultRule.parse(request.body ?? {}));
    return { faults: state.faults.list() };
  });
  control.delete("/faults", () => {
    state.faults.clear();
    return { faults: [] };
  });
  control.post("/reset", () => {
    reset();
    return { reset: true };
  });
}

function tenantNamed(state: GraphState, tenantId: string): GraphTenantSeed {
  const tenant = state.tenants.get(tenantId.toLowerCase());
  if (!tenant) throw new NotFound(`No tenant "${tenantId}".`);
  return tenant;
}
