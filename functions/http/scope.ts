import { seesTenant, type Actor } from "../../shared/domain/access/actor";
import { TenantId } from "../../shared/domain/access/ids";
import { tenantPartition } from "../../shared/domain/decisions/head";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import type { CspCustomer } from "../../shared/domain/resellers/partner-profile";
import { Tenant, TENANT_ROW } from "../../shared/domain/tenants/tenant";
import { AppError } from "../../shared/errors";

/**
 * For what would lie outside of every limited scope, such as a new customer: its maker could neither see nor use it.
 * Throws `forbidden`.
 */
export function requireWholeScope(actor: Actor): void {
  if (actor.scope.kind === "all") return;
  throw new AppError("forbidden", "forbidden", "Only somebody who may act for all customers can do this.");
}

/**
 * Those customers of a reseller the caller may know of: all, or the directories of tenants in scope. A reseller's own
 * list knows nothing of our scopes, and names every customer.
 */
export async function customersInScope(
  store: StateStore,
  actor: Actor,
  customers: readonly CspCustomer[],
): Promise<CspCustomer[]> {
  if (actor.scope.kind === "all") return [...customers];
  const seen = await Promise.all(customers.map((customer) => isInScope(store, actor, TenantId.parse(customer.id))));
  return customers.filter((_, i) => seen[i]);
}

async function isInScope(store: StateStore, actor: Actor, tenantId: TenantId): Promise<boolean> {
  if (seesTenant(actor, tenantId)) return true;
  const row = await store.get(tenantPartition(tenantId), TENANT_ROW);
  return row !== undefined && seesTenant(actor, tenantId, Tenant.parse(row.value).customerId);
}
