import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { decide, type Decision, type Found } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { checkEtag } from "../decisions/public-etag";
import { findTenant, findTenantIn } from "../tenants/find-tenant";
import type { Tenant } from "../tenants/tenant";
import { checkMapping, startSync, type ConnectDeps, type Mapping } from "./connect-tenant";
import { isBegunBy, refuseWhileDisconnecting, requireConnection } from "./connection-rules";
import { disconnect } from "./disconnecting";
import { noteUse } from "./reseller-use";

/**
 * Replaces a tenant's connection (C28). Its open changes are cancelled, since they were asked of the reseller before, and
 * it is synced anew; the mapping it has already is only synced. Throws what `checkMapping` throws, `notConnected`,
 * `etagMismatch`, and `operationInProgress` (see `disconnect`).
 */
export async function changeConnection(
  deps: ConnectDeps,
  request: WriteRequest,
  ask: Mapping,
  etag: string,
): Promise<Found<Tenant>> {
  const { tenantId, resellerId, cspCustomerId } = ask;
  const partition = tenantPartition(tenantId);
  const { value: tenant, etag: rowEtag } = await findTenant(deps.store, request.actor, tenantId);
  const earlier = await decide(deps, partition, (decision) => findReplay(decision, request.idempotency));
  // Begun is begun: what has become of the reseller since is no reason to leave it half-done.
  if (earlier === undefined && !isBegunBy(tenant, request)) {
    refuseWhileDisconnecting(tenant);
    const former = requireConnection(tenant);
    checkEtag(rowEtag, etag);
    await checkMapping(deps, ask);
    if (former.resellerId === resellerId) {
      await decide(deps, partition, (decision) => syncAgain(decision, request, etag));
      return findTenant(deps.store, request.actor, tenantId);
    }
    await noteUse(deps, auditedRequest(request), ask);
  }
  const then = { kind: "connect" as const, resellerId, cspCustomerId };
  await disconnect(deps, request, tenantId, { then, etag, check: requireConnection });
  return findTenant(deps.store, request.actor, tenantId);
}

async function syncAgain(decision: Decision, request: WriteRequest, etag: string): Promise<void> {
  const { etag: rowEtag, value: tenant } = await findTenantIn(decision, request.actor);
  if ((await findReplay(decision, request.idempotency)) !== undefined) return;
  checkEtag(rowEtag, etag);
  const { tenantId, displayName } = tenant;
  const { resellerId, cspCustomerId } = requireConnection(tenant);
  await remember(decision, request.idempotency, tenantId);
  startSync(decision, tenantId);
  decision.record({
    ...auditedRequest(request),
    action: "connection.update",
    object: { type: "connection", id: tenantId, name: displayName },
    ...{ tenantId, resellerId, result: "success" },
    ...{ before: { resellerId, cspCustomerId }, after: { resellerId, cspCustomerId } },
  });
}
