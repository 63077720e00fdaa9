import { randomUUID } from "node:crypto";
import type { Actor } from "../../shared/domain/access/actor";
import type { ChangeId } from "../../shared/domain/access/ids";
import type { WriteRequest } from "../../shared/domain/access/request-facts";
import type { Change } from "../../shared/domain/changes/change";
import { cancelChange, lookAgain, resolveChange, retryChange } from "../../shared/domain/changes/operate-change";
import { tenantPartition } from "../../shared/domain/decisions/head";
import { TENANT_ROW, type Tenant } from "../../shared/domain/tenants/tenant";
import { CSP_CUSTOMER, CUSTOMER, RESELLER, START, TENANT } from "../build/ids";
import type { ledgerWorld } from "./ledger-world";

export const OLGA: Actor = {
  kind: "user",
  id: "olga",
  name: "olga@msp.example",
  roles: ["Admin"],
  scope: { kind: "all" },
};

/** A request of its own, or a repeat when the key is given again. */
export function aRequest(key: string = randomUUID(), actor: Actor = OLGA): WriteRequest {
  return { actor, idempotency: { hash: key, bodyHash: "body" }, correlationId: "request", clientIp: undefined };
}

/** The connected tenant of the ledger's world. */
export function aConnectedTenant(differing: Partial<Tenant> = {}): Tenant {
  return {
    tenantId: TENANT,
    customerId: CUSTOMER,
    displayName: "Larkspur",
    domain: "larkspur.example",
    consent: { state: "Consented", permissions: [] },
    inModule: true,
    connection: {
      resellerId: RESELLER,
      cspCustomerId: CSP_CUSTOMER,
      connectedAt: START.toISOString(),
      connectedBy: "o",
    },
    registeredAt: START.toISOString(),
    ...differing,
  };
}

/** What people do to the changes of a world, whose tenant row is put in place first. */
export function operatorsOf(world: ReturnType<typeof ledgerWorld>) {
  world.store.forge(tenantPartition(TENANT), TENANT_ROW, aConnectedTenant());
  const ask = (changeId: ChangeId, reason?: string) => ({ tenantId: TENANT, changeId, reason });
  return {
    resolve: (
      id: ChangeId,
      outcome: "applied" | "notApplied",
      request = aRequest(),
      reason = "I looked",
    ): Promise<Change> => resolveChange(world.startProcess(), request, { ...ask(id, reason), outcome }),
    lookAgain: (id: ChangeId, request = aRequest()): Promise<Change> =>
      lookAgain(world.startProcess(), request, ask(id)),
    cancel: (id: ChangeId, request = aRequest(), reason?: string): Promise<Change> =>
      cancelChange(world.startProcess(), request, ask(id, reason)),
    retry: (id: ChangeId, request = aRequest()): Promise<Change> => retryChange(world.startProcess(), request, ask(id)),
  };
}
