import type { Actor } from "../../shared/domain/access/actor";
import { TenantId } from "../../shared/domain/access/ids";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import type { CspCustomer } from "../../shared/domain/resellers/partner-profile";
import { findTenant } from "../../shared/domain/tenants/find-tenant";
import { hasCode } from "../../shared/errors";

/**
 * Those customers of a reseller the caller may know of: all, or the directories of tenants in scope. Partner Center
 * knows nothing of our scopes, and its list names every customer.
 */
export async function customersInScope(
  store: StateStore,
  actor: Actor,
  customers: readonly CspCustomer[],
): Promise<CspCustomer[]> {
  if (actor.scope.kind === "all") return [...customers];
  const seen = await Promise.all(customers.map(({ id }) => seesDirectory(store, actor, TenantId.parse(id))));
  return customers.filter((_, i) => seen[i]);
}

async function seesDirectory(store: StateStore, actor: Actor, id: TenantId): Promise<boolean> {
  try {
    await findTenant(store, actor, id);
    return true;
  } catch (error) {
    if (hasCode(error, "notFound")) return false;
    throw error;
  }
}
