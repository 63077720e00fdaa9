import { AppError } from "../../errors";
import { seesTenant, type Actor } from "../access/actor";
import type { TenantId } from "../access/ids";
import type { Decision, Found } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { Tenant, TENANT_ROW, type Connection } from "./tenant";

/** One tenant in the caller's scope. Throws `notFound`, also for one that exists but is none of the caller's business. */
export async function findTenant(store: StateStore, actor: Actor, id: TenantId): Promise<Found<Tenant>> {
  const found = await store.get(tenantPartition(id), TENANT_ROW);
  const tenant = found && { ...found, value: Tenant.parse(found.value) };
  return visible(actor, tenant);
}

/** The tenant inside a decision of its partition, in the caller's scope. Throws `notFound`. */
export async function findTenantIn(decision: Decision, actor: Actor): Promise<Found<Tenant>> {
  return visible(actor, await decision.get(TENANT_ROW, Tenant));
}

/** The connection of a tenant in the module. Throws `tenantNotConnected`. */
export function connectionOf(tenant: Tenant): Connection {
  if (tenant.connection && tenant.inModule) return tenant.connection;
  throw new AppError("conflict", "tenantNotConnected", `${tenant.displayName} is not connected to Microsoft CSP.`);
}

function visible(actor: Actor, tenant: Found<Tenant> | undefined): Found<Tenant> {
  if (tenant && seesTenant(actor, tenant.value.tenantId, tenant.value.customerId)) return tenant;
  throw new AppError("not-found", "notFound", "No such tenant.");
}
