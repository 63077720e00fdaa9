import { z } from "zod";
import { seesTenant, type Actor } from "../access/actor";
import { ChangeId, TenantId } from "../access/ids";
import { Head, HEAD_ROW, tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { connectionState, type ConnectionState, type IsAuthorized } from "../resellers/connection-health";
import { Tenant, TENANT_ROW } from "./tenant";

/** A line of the tenants list: a read model, rebuilt from the tenant itself at any time. */
export const TenantEntry = z.object({ seq: z.int(), tenant: Tenant });
export type TenantEntry = z.infer<typeof TenantEntry>;

/** Message of the queue `directory`: what of a tenant changed, the tenant itself or some of its changes. */
export const DirectoryPointer = z.object({ tenantId: TenantId, changeIds: z.array(ChangeId).optional() });

/** Lists across tenants. Never decided upon; rows may lag behind their owners by a moment. */
export interface TenantList {
  /** Stores the entry unless a newer one (higher `seq`) is there already. */
  put(entry: TenantEntry): Promise<void>;
  list(ask: {
    after?: string | undefined;
    limit: number;
    keep: (tenant: Tenant) => boolean;
  }): Promise<{ value: Tenant[]; next?: string }>;
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
  return head && row && { seq: Head.parse(head.value).seq, tenant: Tenant.parse(row.value) };
}

export interface TenantQuery {
  search?: string | undefined;
  customerId?: string | undefined;
  state?: ConnectionState | undefined;
  inModule: boolean;
  after?: string | undefined;
  limit: number;
}

/** A page of the tenants in the caller's scope (C17; with `inModule` false also those only registered). */
export async function listTenants(
  tenants: TenantList,
  actor: Actor,
  ask: TenantQuery,
  isAuthorized: IsAuthorized,
): Promise<{ value: Tenant[]; next?: string }> {
  const wanted = ask.search?.trim().toLocaleLowerCase("en") ?? "";
  return tenants.list({
    after: ask.after,
    limit: ask.limit,
    keep: (tenant) =>
      seesTenant(actor, tenant.tenantId, tenant.customerId) &&
      (tenant.inModule || !ask.inModule) &&
      (ask.customerId === undefined || tenant.customerId === ask.customerId) &&
      (ask.state === undefined || connectionState(tenant.connection, isAuthorized) === ask.state) &&
      [tenant.displayName, tenant.domain, tenant.tenantId].some((text) =>
        text.toLocaleLowerCase("en").includes(wanted),
      ),
  });
}
