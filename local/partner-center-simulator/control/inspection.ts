import { z } from "zod";
import type { Simulation } from "../route";
import { subscriptionView } from "../subscriptions/subscription-view";
import type { Customer, Partner, Subscription } from "../world";
import { ControlError, type AddControlRoute } from "./control-route";

const CustomerPatch = z.strictObject({
  relationships: z
    .record(z.string(), z.enum(["reseller", "none", "advisor", "syndication", "microsoft_support", "unknown"]))
    .optional(),
  validationStatus: z.string().optional(),
  agreementConfirmed: z.boolean().optional(),
  allowDelegatedAccess: z.boolean().optional(),
  licenceUse: z
    .record(z.string(), z.strictObject({ consumedUnits: z.number(), otherUnits: z.number().default(0) }))
    .optional(),
});

const PartnerPatch = z.strictObject({
  adminAgents: z.array(z.string()).nullable().optional(),
  appIds: z.array(z.string()).nullable().optional(),
  withoutGdap: z.array(z.string()).nullable().optional(),
});

/** A look behind the API, and what only Microsoft or the customer can change. */
export function registerInspection(add: AddControlRoute, simulation: Simulation): void {
  add("GET", "/partners", () => ({ partners: [...simulation.world.partners.values()] }));
  add("PATCH", "/partners/:partnerId", ({ params, body }) => {
    const partner = found(simulation.world.partners, params["partnerId"], "partner");
    return patchPartner(partner, PartnerPatch.parse(body));
  });
  add("GET", "/customers", () => ({ customers: [...simulation.world.customers.values()] }));
  add("GET", "/customers/:customerId", ({ params }) =>
    found(simulation.world.customers, params["customerId"], "customer"),
  );
  add("PATCH", "/customers/:customerId", ({ params, body }) => {
    const customer = found(simulation.world.customers, params["customerId"], "customer");
    return patchCustomer(customer, CustomerPatch.parse(body));
  });
  add("GET", "/subscriptions", ({ query }) => {
    const wanted = query["customerId"]?.toLowerCase();
    const all = [...simulation.world.subscriptions.values()];
    const shown = all.filter(({ customerId }) => wanted === undefined || customerId === wanted);
    return { subscriptions: shown.map((subscription) => inside(simulation, subscription)) };
  });
  add("GET", "/subscriptions/:subscriptionId", ({ params }) =>
    inside(simulation, found(simulation.world.subscriptions, params["subscriptionId"], "subscription")),
  );
}

function found<Item>(items: Map<string, Item>, id: string | undefined, kind: string): Item {
  const item = items.get(id?.toLowerCase() ?? "");
  if (item === undefined) throw new ControlError(404, `There is no ${kind} ${id ?? ""}.`);
  return item;
}

function patchPartner(partner: Partner, patch: z.infer<typeof PartnerPatch>): Partner {
  const { adminAgents, appIds, withoutGdap } = patch;
  if (adminAgents === null) delete partner.adminAgents;
  else if (adminAgents) partner.adminAgents = adminAgents;
  if (appIds === null) delete partner.appIds;
  else if (appIds) partner.appIds = appIds;
  if (withoutGdap === null) delete partner.withoutGdap;
  else if (withoutGdap) partner.withoutGdap = withoutGdap;
  return partner;
}

function patchCustomer(customer: Customer, patch: z.infer<typeof CustomerPatch>): Customer {
  const { relationships, validationStatus, agreementConfirmed, allowDelegatedAccess, licenceUse } = patch;
  Object.assign(customer.relationships, relationships);
  Object.assign(customer.licenceUse, licenceUse);
  if (validationStatus !== undefined) customer.validationStatus = validationStatus;
  if (agreementConfirmed !== undefined) customer.agreementConfirmed = agreementConfirmed;
  if (allowDelegatedAccess !== undefined) customer.resource["allowDelegatedAccess"] = allowDelegatedAccess;
  return customer;
}

/** The subscription as a client would see it, and what it cannot see. */
function inside(simulation: Simulation, subscription: Subscription): Record<string, unknown> {
  const { switches, clock } = simulation;
  const { id, customerId, partnerId, lots, updateCount, pendingWrite, extendedServiceTerm, baseOfferId } = subscription;
  return {
    ...{ id, customerId, partnerId, baseOfferId, extendedServiceTerm, updateCount, pendingWrite },
    lots: lots.map(({ quantity, addedAt, removableUntil, orderId }) => ({
      quantity,
      addedAt: new Date(addedAt).toISOString(),
      removableUntil: Number.isFinite(removableUntil) ? new Date(removableUntil).toISOString() : "always",
      orderId,
    })),
    resource: subscriptionView(subscription, subscription, { switches, nowMs: clock.nowMs(), byId: true }),
  };
}
