import { AppError } from "../../errors";
import type { CspCustomerId, ResellerId, TenantId } from "../access/ids";
import { auditedRequest, type AuditedRequest, type WriteRequest } from "../access/request-facts";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { findAuthorizedReseller } from "../resellers/find-reseller";
import type { PartnerProfile } from "../resellers/partner-profile";
import { identityOf } from "../resellers/reseller";
import { announceTenant } from "../tenants/announce-tenant";
import { findTenant, findTenantIn } from "../tenants/find-tenant";
import type { Tenant } from "../tenants/tenant";
import { refuseWhileDisconnecting } from "./connection-rules";
import { noteUse } from "./reseller-use";

export interface ConnectDeps extends DecideDeps {
  profile: Pick<PartnerProfile, "getCustomer">;
}

/** Which customer record at which reseller a tenant is. */
export interface Mapping {
  tenantId: TenantId;
  resellerId: ResellerId;
  cspCustomerId: CspCustomerId;
}

/**
 * Maps a tenant of the module to its customer record at a reseller (C27) and starts the first sync. Throws what
 * `checkMapping` throws, `tenantNotAdded`, `customerAlreadyMapped` when it is connected, `operationInProgress` while a
 * connection before this one is being removed.
 */
export async function connectTenant(deps: ConnectDeps, request: WriteRequest, ask: Mapping): Promise<Found<Tenant>> {
  const found = await findTenant(deps.store, request.actor, ask.tenantId);
  const partition = tenantPartition(ask.tenantId);
  const earlier = await decide(deps, partition, (decision) => findReplay(decision, request.idempotency));
  if (earlier !== undefined) return found;
  // Before the reseller is noted as used: a refused connection must not keep it from being deleted.
  refuseConnection(found.value);
  const resellerName = await checkMapping(deps, ask);
  await noteUse(deps, auditedRequest(request), ask);
  await decide(deps, partition, (decision) => storeConnection(decision, request, { ...ask, resellerName }));
  return findTenant(deps.store, request.actor, ask.tenantId);
}

function refuseConnection(tenant: Tenant): void {
  const { displayName, connection, inModule } = tenant;
  refuseWhileDisconnecting(tenant);
  if (connection) throw new AppError("conflict", "customerAlreadyMapped", `${displayName} is connected already.`);
  if (!inModule) throw new AppError("conflict", "tenantNotAdded", `Add ${displayName} to the module first.`);
}

/**
 * Asks Partner Center whether a mapping can be; answers the reseller's name. Throws `notFound` and
 * `resellerNotAuthorized` for the reseller, `customerTenantMismatch` when the record is another directory's (its seats
 * would land there), `customerNotFound` when the reseller has no such customer, or what the read throws.
 */
export async function checkMapping(deps: ConnectDeps, ask: Mapping): Promise<string> {
  if ((ask.cspCustomerId as string) !== (ask.tenantId as string)) {
    throw new AppError(
      "unprocessable",
      "customerTenantMismatch",
      "This customer record belongs to another directory than the tenant.",
    );
  }
  const reseller = await findAuthorizedReseller(deps.store, ask.resellerId);
  const customer = await deps.profile.getCustomer(identityOf(reseller), ask.cspCustomerId);
  if (!customer)
    throw new AppError("unprocessable", "customerNotFound", `${reseller.displayName} has no such customer.`);
  return reseller.displayName;
}

async function storeConnection(
  decision: Decision,
  request: WriteRequest,
  ask: Mapping & { resellerName: string },
): Promise<void> {
  const found = await findTenantIn(decision, request.actor);
  if ((await findReplay(decision, request.idempotency)) !== undefined) return;
  refuseConnection(found.value);
  decision.replace(found, connectedTenant(decision, auditedRequest(request), found.value, ask));
  await remember(decision, request.idempotency, ask.tenantId);
  announceTenant(decision, ask.tenantId);
}

/**
 * The tenant with its new connection, recorded in the decision, which also opens the tenant for purchases and starts
 * the first sync; whoever decides stores it.
 */
export function connectedTenant(
  decision: Decision,
  by: AuditedRequest,
  tenant: Tenant,
  ask: { resellerId: ResellerId; resellerName: string; cspCustomerId: CspCustomerId },
): Tenant {
  const { tenantId, displayName } = tenant;
  const { resellerId, resellerName, cspCustomerId } = ask;
  decision.head = { ...decision.head, connection: "Connected" };
  startSync(decision, tenantId);
  decision.record({
    ...by,
    action: "connection.create",
    object: { type: "connection", id: tenantId, name: displayName },
    ...{ tenantId, resellerId, result: "success" },
    after: { reseller: resellerName, cspCustomerId },
  });
  const connectedAt = decision.now.toISOString();
  return { ...tenant, connection: { resellerId, cspCustomerId, connectedAt, connectedBy: by.actor.name } };
}

/** Has the tenant's subscriptions read anew (queue `sync`). */
export function startSync(decision: Decision, tenantId: TenantId): void {
  decision.send({
    queue: "sync",
    messageId: `${tenantId}:connect:${decision.head.seq + 1}`,
    body: { tenantId },
  });
}
