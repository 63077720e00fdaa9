import { hasCode } from "../../errors";
import { decide, type DecideDeps } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { announceTenant } from "../tenants/announce-tenant";
import { Tenant, TENANT_ROW } from "../tenants/tenant";

const SYNC = { kind: "automation", id: "sync", name: "Sync" } as const;

/**
 * Runs a read of a tenant's records at Microsoft and keeps what it says of the relationship with the reseller: one that
 * was ended is shown on the connection, not taken for a passing failure, until a read goes well again. Throws what the
 * read throws.
 */
export async function watchRelationship<T>(deps: DecideDeps, tenant: Tenant, read: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await read();
  } catch (error) {
    if (hasCode(error, "relationshipRemoved")) await note(deps, tenant, true);
    throw error;
  }
  await note(deps, tenant, false);
  return result;
}

async function note(deps: DecideDeps, seen: Tenant, isRemoved: boolean): Promise<void> {
  if (isNoted(seen) === isRemoved) return;
  await decide(deps, tenantPartition(seen.tenantId), async (decision) => {
    const found = await decision.get(TENANT_ROW, Tenant);
    const connection = found?.value.connection;
    // What was read through another reseller says nothing about this one.
    if (!found || connection?.resellerId !== seen.connection?.resellerId) return;
    if (!connection || isNoted(found.value) === isRemoved) return;
    const { relationshipRemovedAt: _former, ...rest } = connection;
    const noted = isRemoved ? { ...rest, relationshipRemovedAt: decision.now.toISOString() } : rest;
    decision.replace(found, { ...found.value, connection: noted } satisfies Tenant);
    announceTenant(decision, seen.tenantId);
    decision.record({
      action: isRemoved ? "connection.degraded" : "connection.restored",
      actor: SYNC,
      object: { type: "connection", id: seen.tenantId, name: seen.displayName },
      ...{ tenantId: seen.tenantId, resellerId: connection.resellerId },
      ...(isRemoved ? { result: "failure", errorCode: "relationshipRemoved" } : { result: "success" }),
    });
  });
}

function isNoted({ connection }: Tenant): boolean {
  return connection?.relationshipRemovedAt !== undefined;
}
