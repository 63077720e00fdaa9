import { z } from "zod";
import { seesTenant, type Actor } from "../access/actor";
import { ChangeId, TenantId, type CustomerId } from "../access/ids";
import { findCustomer } from "../customers/keep-customers";
import { Head, HEAD_ROW, tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import type { ConnectionState } from "./connection-status";
import { lastSyncOf } from "./note-sync";
import { Tenant, TENANT_ROW } from "./tenant";
import { resellersById, standingOf, withCustomerNames, type TenantStanding } from "./tenant-standing";

/** A line of the tenants list: a read model, rebuilt from the tenant itself at any time. */
export const TenantEntry = z.object({ seq: z.int(), tenant: Tenant, lastSyncedAt: z.iso.datetime().optional() });
export type TenantEntry = z.infer<typeof TenantEntry>;

/** True when an entry shows a later state than the one that is there. A sync is no decision, so it has no number. */
export function isNewer(entry: TenantEntry, present: TenantEntry): boolean {
  if (entry.seq !== present.seq) return entry.seq > present.seq;
  return (entry.lastSyncedAt ?? "") > (present.lastSyncedAt ?? "");
}

/** Message of the queue `directory`: what of a tenant changed, the tenant itself or some of its changes. */
export const DirectoryPointer = z.object({ tenantId: TenantId, changeIds: z.array(ChangeId).optional() });

/** Lists across tenants. Never decided upon; rows may lag behind their owners by a moment. */
export interface TenantList {
  /** Stores the entry unless what is there is as new (`isNewer`). */
  put(entry: TenantEntry): Promise<void>;
  /**
   * A page of the entries that `keep` accepts; with `customerId` only that customer's are looked at. `notShown` counts
   * those `keep` calls `newer`, and those that only a newer version may read and `countNewer` accepts.
   */
  list(ask: {
    after?: string | undefined;
    limit: number;
    customerId?: CustomerId | undefined;
    keep: (entry: TenantEntry) => boolean | "newer";
    countNewer?: (entry: { tenantId: TenantId; customerId: CustomerId }) => boolean;
  }): Promise<{ value: TenantEntry[]; next?: string; notShown?: number }>;
}

/** Brings the tenants list up to date with one tenant. Safe to repeat and to run out of order. */
export async function projectTenant(
  deps: { store: StateStore; tenants: TenantList },
  tenantId: TenantId,
): Promise<void> {
  const entry = await readTenantEntry(deps.store, tenantId);
  if (entry) await deps.tenants.put(entry);
}

/** A tenant as the list is to show it now. */
export async function readTenantEntry(store: StateStore, tenantId: TenantId): Promise<TenantEntry | undefined> {
  const partition = tenantPartition(tenantId);
  // The head first: an entry is never marked newer than the tenant it shows.
  const head = await store.get(partition, HEAD_ROW);
  const row = await store.get(partition, TENANT_ROW);
  if (!head || !row) return undefined;
  const lastSyncedAt = await lastSyncOf(store, tenantId);
  const entry = { seq: Head.parse(head.value).seq, tenant: Tenant.parse(row.value) };
  return { ...entry, ...(lastSyncedAt ? { lastSyncedAt } : {}) };
}

export interface TenantQuery {
  search?: string | undefined;
  customerId?: CustomerId | undefined;
  state?: ConnectionState | undefined;
  /** Only those in the module, or only those not in it. */
  inModule?: boolean | undefined;
  after?: string | undefined;
  limit: number;
}

interface ListDeps {
  store: StateStore;
  tenants: TenantList;
}

/** A page of the tenants in the caller's scope, as they stand (C17). */
export async function listTenants(
  deps: ListDeps,
  actor: Actor,
  ask: TenantQuery,
): Promise<{ value: TenantStanding[]; next?: string; notShown?: number }> {
  const { resellers, newer } = await resellersById(deps.store);
  const { after, limit, customerId } = ask;
  const page = await deps.tenants.list({
    ...{ after, limit, customerId },
    keep: (entry) => {
      const { connection, tenantId, customerId: owner } = entry.tenant;
      if (!seesTenant(actor, tenantId, owner) || !matches(entry.tenant, ask)) return false;
      // How it stands is told by its reseller.
      if (connection && newer.has(connection.resellerId)) return "newer";
      return ask.state === undefined || standingOf(entry, resellers).status.state === ask.state;
    },
    countNewer: (entry) => seesTenant(actor, entry.tenantId, entry.customerId),
  });
  const standings = page.value.map((entry) => standingOf(entry, resellers));
  const value = await withCustomerNames(deps.store, actor, standings);
  return { ...page, value };
}

function matches(tenant: Tenant, { search = "", inModule }: TenantQuery): boolean {
  if (inModule !== undefined && tenant.inModule !== inModule) return false;
  const wanted = search.trim().toLocaleLowerCase("en");
  return [tenant.displayName, tenant.domain, tenant.tenantId].some((text) =>
    text.toLocaleLowerCase("en").includes(wanted),
  );
}

/** A page of one customer's tenants (C19); with `available` only those that can be added to the module. Throws `notFound`. */
export async function listCustomerTenants(
  deps: ListDeps,
  actor: Actor,
  customerId: CustomerId,
  ask: { available: boolean; after?: string | undefined; limit: number },
): Promise<{ value: TenantStanding[]; next?: string; notShown?: number }> {
  await findCustomer(deps.store, actor, customerId);
  const { available, ...page } = ask;
  return listTenants(deps, actor, { ...page, customerId, ...(available ? { inModule: false } : {}) });
}
