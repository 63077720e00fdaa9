import { z } from "zod";
import { AppError } from "../../errors";
import type { CspCustomerId, ResellerId, TenantId } from "../access/ids";
import { auditedRequest, type AuditedRequest, type WriteRequest } from "../access/request-facts";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { MSP_PARTITION, tenantPartition } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { findAuthorizedReseller } from "../resellers/find-reseller";
import type { PartnerProfile } from "../resellers/partner-profile";
import { getReseller, identityOf } from "../resellers/reseller";
import { announceTenant } from "../tenants/announce-tenant";
import { findTenant, findTenantIn } from "../tenants/find-tenant";
import type { Tenant } from "../tenants/tenant";

export interface ConnectDeps extends DecideDeps {
  profile: Pick<PartnerProfile, "getCustomer">;
}

/** A tenant uses a reseller: created before the connection, so that the reseller cannot be deleted under it. */
const ResellerUse = z.object({ resellerId: z.string(), tenantId: z.string(), since: z.iso.datetime() });

/** Row that says so. */
export function resellerUseRow(resellerId: ResellerId, tenantId: TenantId): string {
  return `use_${resellerId}_${tenantId}`;
}

/**
 * Maps a tenant of the module to its customer record at a reseller (C27) and starts the first sync. Throws
 * `resellerNotAuthorized`, `customerTenantMismatch` when the record is another directory's (its seats would land
 * there), `customerNotFound` when the reseller has no such customer, `customerAlreadyMapped` when it is connected.
 */
export async function connectTenant(
  deps: ConnectDeps,
  request: WriteRequest,
  ask: { tenantId: TenantId; resellerId: ResellerId; cspCustomerId: CspCustomerId },
): Promise<Found<Tenant>> {
  const found = await findTenant(deps.store, request.actor, ask.tenantId);
  const { value: tenant } = found;
  const partition = tenantPartition(ask.tenantId);
  const earlier = await decide(deps, partition, (decision) => findReplay(decision, request.idempotency));
  if (earlier !== undefined) return found;
  // Before the reseller is noted as used: a refused connection must not keep it from being deleted.
  if (tenant.connection) throw alreadyMapped(tenant);
  if (!tenant.inModule)
    throw new AppError("conflict", "tenantNotAdded", `Add ${tenant.displayName} to the module first.`);
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
  await noteUse(deps, request, ask);
  await storeConnection(deps, request, ask, reseller.displayName);
  return findTenant(deps.store, request.actor, ask.tenantId);
}

function alreadyMapped({ displayName }: Tenant): AppError {
  return new AppError("conflict", "customerAlreadyMapped", `${displayName} is connected already.`);
}

async function noteUse(
  deps: ConnectDeps,
  request: WriteRequest,
  ask: { tenantId: TenantId; resellerId: ResellerId },
): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    if (!(await getReseller(decision, ask.resellerId))) {
      throw new AppError("not-found", "notFound", "The reseller has been deleted meanwhile.");
    }
    await noteUseIn(decision, auditedRequest(request), ask);
  });
}

/**
 * Notes in a decision of the MSP's partition that a tenant uses a reseller, from now on: an older note may be of a
 * connection that is over, and would not keep the reseller from being deleted while this one is made.
 */
export async function noteUseIn(
  decision: Decision,
  by: AuditedRequest,
  ask: { tenantId: TenantId; resellerId: ResellerId },
): Promise<void> {
  const row = resellerUseRow(ask.resellerId, ask.tenantId);
  const former = await decision.get(row, ResellerUse);
  const use = { resellerId: ask.resellerId, tenantId: ask.tenantId, since: decision.now.toISOString() };
  if (former) decision.replace(former, use);
  else decision.create(row, use);
  decision.record({
    ...by,
    action: "reseller.use",
    object: { type: "reseller", id: ask.resellerId },
    resellerId: ask.resellerId,
    tenantId: ask.tenantId,
    result: "success",
  });
}

async function storeConnection(
  deps: ConnectDeps,
  request: WriteRequest,
  ask: { tenantId: TenantId; resellerId: ResellerId; cspCustomerId: CspCustomerId },
  resellerName: string,
): Promise<void> {
  await decide(deps, tenantPartition(ask.tenantId), async (decision) => {
    const found = await findTenantIn(decision, request.actor);
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    if (found.value.connection) throw alreadyMapped(found.value);
    decision.replace(found, connectedTenant(decision, auditedRequest(request), found.value, { ...ask, resellerName }));
    await remember(decision, request.idempotency, ask.tenantId);
    announceTenant(decision, ask.tenantId);
  });
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
  decision.send({
    queue: "sync",
    messageId: `${tenantId}:connect:${decision.head.seq + 1}`,
    body: { tenantId },
  });
  decision.record({
    ...by,
    action: "connection.create",
    object: { type: "connection", id: tenantId, name: displayName },
    tenantId,
    resellerId,
    result: "success",
    after: { reseller: resellerName, cspCustomerId },
  });
  const connectedAt = decision.now.toISOString();
  return { ...tenant, connection: { resellerId, cspCustomerId, connectedAt, connectedBy: by.actor.name } };
}
