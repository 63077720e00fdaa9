import type { Actor } from "../access/actor";
import type { TenantId } from "../access/ids";
import { tenantPartition } from "../decisions/head";
import { listRows } from "../decisions/list-rows";
import type { StateStore } from "../decisions/state-store";
import { findTenant } from "../tenants/find-tenant";
import { AUDIT_PREFIX, AuditEntry } from "./audit-entry";

export interface AuditQuery {
  from?: string | undefined;
  to?: string | undefined;
  action?: string | undefined;
  actor?: string | undefined;
  result?: AuditEntry["result"] | undefined;
  subscriptionId?: string | undefined;
  after?: string | undefined;
  limit: number;
}

/** A page of everything done for a tenant through this product, newest first (C46). Throws `notFound`. */
export async function readTenantAuditLog(
  store: StateStore,
  actor: Actor,
  tenantId: TenantId,
  ask: AuditQuery,
): Promise<{ value: AuditEntry[]; next?: string }> {
  await findTenant(store, actor, tenantId);
  const page = await listRows(store, tenantPartition(tenantId), {
    prefix: AUDIT_PREFIX,
    schema: AuditEntry,
    limit: ask.limit,
    ...(ask.after ? { after: ask.after } : {}),
    keep: (entry) => matches(entry, ask),
  });
  return { value: page.value.map((row) => row.value), ...(page.next ? { next: page.next } : {}) };
}

function matches(entry: AuditEntry, ask: AuditQuery): boolean {
  return (
    (ask.from === undefined || Date.parse(entry.at) >= Date.parse(ask.from)) &&
    (ask.to === undefined || Date.parse(entry.at) < Date.parse(ask.to)) &&
    (ask.action === undefined || entry.action === ask.action) &&
    (ask.actor === undefined || entry.actor.id === ask.actor || entry.actor.name === ask.actor) &&
    (ask.result === undefined || entry.result === ask.result) &&
    (ask.subscriptionId === undefined || entry.subscriptionId === ask.subscriptionId)
  );
}
