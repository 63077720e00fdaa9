import { seesCustomer, type Actor } from "../access/actor";
import type { ResellerId } from "../access/ids";
import { Customer, customerRow } from "../customers/customer";
import { MSP_PARTITION } from "../decisions/head";
import { unlessNewer } from "../decisions/newer-version";
import type { StateStore } from "../decisions/state-store";
import { allResellers } from "../resellers/all-resellers";
import { Reseller, resellerRow } from "../resellers/reseller";
import { connectionStatus, type ConnectionStatus } from "./connection-status";
import { lastSyncOf } from "./note-sync";
import type { Tenant } from "./tenant";

/** A tenant as people look at it: how it stands, and what it belongs to by name (product.md §4.1). */
export interface TenantStanding {
  tenant: Tenant;
  status: ConnectionStatus;
  resellerName?: string;
  /** Absent when the caller may not see the customer's record. */
  customerName?: string;
  lastSyncedAt?: string;
}

type Resellers = ReadonlyMap<ResellerId, Reseller>;

/** Every reseller by its id, for a list of tenants; and those that only a newer version may read. */
export async function resellersById(
  store: StateStore,
): Promise<{ resellers: Resellers; newer: ReadonlySet<ResellerId> }> {
  const { resellers, newer } = await allResellers(store);
  return { resellers: new Map(resellers.map((reseller) => [reseller.id, reseller])), newer: new Set(newer) };
}

/** How one tenant stands. */
export async function standTenant(store: StateStore, actor: Actor, tenant: Tenant): Promise<TenantStanding> {
  const [lastSyncedAt, resellers] = await Promise.all([lastSyncOf(store, tenant.tenantId), resellerOf(store, tenant)]);
  const standing = standingOf({ tenant, lastSyncedAt }, resellers);
  const [named] = await withCustomerNames(store, actor, [standing]);
  return named ?? standing;
}

async function resellerOf(store: StateStore, { connection }: Tenant): Promise<Resellers> {
  const row = connection && (await store.get(MSP_PARTITION, resellerRow(connection.resellerId)));
  const reseller = row && Reseller.parse(row.value);
  return new Map(reseller?.deletedAt === undefined && reseller ? [[reseller.id, reseller]] : []);
}

export function standingOf(
  { tenant, lastSyncedAt }: { tenant: Tenant; lastSyncedAt?: string | undefined },
  resellers: Resellers,
): TenantStanding {
  const reseller = tenant.connection && resellers.get(tenant.connection.resellerId);
  return {
    tenant,
    status: connectionStatus(tenant, reseller),
    ...(reseller ? { resellerName: reseller.displayName } : {}),
    ...(lastSyncedAt ? { lastSyncedAt } : {}),
  };
}

/** The same with the names of the customers the caller may see; each is read once. */
export async function withCustomerNames(
  store: StateStore,
  actor: Actor,
  standings: readonly TenantStanding[],
): Promise<TenantStanding[]> {
  const ids = [...new Set(standings.map(({ tenant }) => tenant.customerId))].filter((id) => seesCustomer(actor, id));
  const rows = await Promise.all(ids.map((id) => unlessNewer(store.get(MSP_PARTITION, customerRow(id)))));
  const names = new Map(
    rows.flatMap((row) => (row ? [Customer.parse(row.value)] : [])).map(({ id, name }) => [id, name]),
  );
  return standings.map((standing) => {
    const customerName = names.get(standing.tenant.customerId);
    return customerName === undefined ? standing : { ...standing, customerName };
  });
}
