import { AppError } from "../../errors";
import type { Actor } from "../access/actor";
import type { Log } from "../access/log";
import type { CspCustomerId, ResellerId, TenantId } from "../access/ids";
import { watchRelationship } from "../connections/watch-relationship";
import type { DecideDeps } from "../decisions/decide";
import { findAuthorizedReseller } from "../resellers/find-reseller";
import { identityOf } from "../resellers/reseller";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import { connectionOf, findTenant } from "../tenants/find-tenant";
import { noteSync } from "../tenants/note-sync";
import { Tenant, TENANT_ROW } from "../tenants/tenant";
import { tenantPartition } from "../decisions/head";
import type { SnapshotStore, SubscriptionSnapshot } from "./snapshot-store";
import type { Subscription } from "./subscription";
import type { ReadSubscription, SubscriptionSource } from "./subscription-source";

export interface ReadDeps extends DecideDeps {
  subscriptions: SubscriptionSource;
  snapshots: SnapshotStore;
  log: Log;
}

export interface SubscriptionQuery {
  status?: string | undefined;
  search?: string | undefined;
}

/**
 * A tenant's subscriptions, read live (C31), and kept as snapshots. Throws `notFound`, `tenantNotConnected`,
 * `resellerNotAuthorized`, or what the read throws.
 */
export async function readSubscriptions(
  deps: ReadDeps,
  actor: Actor,
  tenantId: TenantId,
  query: SubscriptionQuery = {},
): Promise<ReadSubscription[]> {
  const { value: tenant } = await findTenant(deps.store, actor, tenantId);
  const all = await readAll(deps, tenant);
  return all.filter(({ subscription }) => matchesQuery(subscription, query));
}

export function matchesQuery(subscription: Subscription, { status, search }: SubscriptionQuery): boolean {
  const wanted = search?.trim().toLocaleLowerCase("en") ?? "";
  const { friendlyName, offerName, id } = subscription;
  return (
    (status === undefined || subscription.status === status) &&
    [friendlyName, offerName, id].some((text) => text.toLocaleLowerCase("en").includes(wanted))
  );
}

/**
 * Refreshes the snapshots of a tenant (queue `sync`), and notes when. A tenant that is not connected any more has nothing
 * to refresh.
 */
export async function syncSubscriptions(deps: ReadDeps, tenantId: TenantId): Promise<void> {
  const row = await deps.store.get(tenantPartition(tenantId), TENANT_ROW);
  if (!row) return;
  const tenant = Tenant.parse(row.value);
  if (!tenant.connection) return;
  try {
    await readAll(deps, tenant);
    await noteSync(deps.store, tenantId, deps.clock());
  } catch (error) {
    // A reseller nobody authorised cannot be helped by delivering the message again; the next sync sees.
    if (!(error instanceof AppError) || error.kind === "upstream" || error.kind === "unavailable") throw error;
    deps.log.warn("a tenant could not be synced", { tenantId, errorCode: error.code });
  }
}

/** Who reads, and whose subscriptions: what a tenant's connection says. */
export interface ConnectedAs {
  reseller: ResellerIdentity;
  customer: CspCustomerId;
}

/** Throws `notFound`, `tenantNotConnected` or `resellerNotAuthorized`. */
export async function connectedAs(
  deps: Pick<ReadDeps, "store">,
  actor: Actor,
  tenantId: TenantId,
): Promise<ConnectedAs> {
  const { value: tenant } = await findTenant(deps.store, actor, tenantId);
  return connectedTenantAs(deps, tenant);
}

async function connectedTenantAs({ store }: Pick<ReadDeps, "store">, tenant: Tenant): Promise<ConnectedAs> {
  const { resellerId, cspCustomerId } = connectionOf(tenant);
  return { reseller: identityOf(await findAuthorizedReseller(store, resellerId)), customer: cspCustomerId };
}

async function readAll(deps: ReadDeps, tenant: Tenant): Promise<ReadSubscription[]> {
  const { reseller, customer } = await connectedTenantAs(deps, tenant);
  const read = await watchRelationship(deps, tenant, () => deps.subscriptions.list(reseller, customer));
  try {
    await deps.snapshots.putAll(
      tenant.tenantId,
      read.map((one) => toSnapshot(one, reseller.resellerId)),
    );
  } catch (error) {
    // The reader asked for the live list, and has it.
    deps.log.warn("snapshots could not be stored", { tenantId: tenant.tenantId, error });
  }
  return read;
}

function toSnapshot({ subscription, raw, readAt }: ReadSubscription, resellerId: ResellerId): SubscriptionSnapshot {
  const { id, friendlyName, offerName, productSku, quantity, status } = subscription;
  return {
    subscriptionId: id,
    resellerId,
    asOf: readAt.toISOString(),
    friendlyName,
    offerName,
    productSku,
    quantity,
    status,
    raw: { ...raw },
  };
}
