import type { CustomerId, TenantId } from "../access/ids";
import { requireConfirmation } from "../access/confirmation";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { refuseUnsettled, refuseWhileDisconnecting } from "../connections/connection-rules";
import { findCustomer } from "../customers/keep-customers";
import { decide, type DecideDeps, type Found } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { checkEtag } from "../decisions/public-etag";
import { announceTenant } from "./announce-tenant";
import { findTenant, findTenantIn } from "./find-tenant";
import type { Tenant } from "./tenant";

export interface TenantFields {
  displayName?: string | undefined;
  customerId?: CustomerId | undefined;
  confirmation?: string | undefined;
}

/**
 * Renames a tenant, or moves it to another customer, which must be in the caller's scope too (C64). Throws `notFound` for the tenant and the customer, `etagMismatch`, and for a
 * move `confirmationRequired`, and `operationInProgress` while a change is or may be under way at Microsoft.
 */
export async function updateTenant(
  deps: DecideDeps,
  request: WriteRequest,
  id: TenantId,
  fields: TenantFields,
  etag: string,
): Promise<Found<Tenant>> {
  if (fields.customerId !== undefined) requireConfirmation(fields.confirmation);
  await findTenant(deps.store, request.actor, id);
  if (fields.customerId !== undefined) await findCustomer(deps.store, request.actor, fields.customerId);
  await decide(deps, tenantPartition(id), async (decision) => {
    const found = await findTenantIn(decision, request.actor);
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    checkEtag(found.etag, etag);
    const before = found.value;
    const { displayName = before.displayName, customerId = before.customerId } = fields;
    if (customerId !== before.customerId) {
      refuseWhileDisconnecting(before);
      await refuseUnsettled(decision, before);
    }
    decision.replace(found, { ...before, displayName, customerId } satisfies Tenant);
    await remember(decision, request.idempotency, id);
    announceTenant(decision, id);
    decision.record({
      ...auditedRequest(request),
      action: "tenant.update",
      object: { type: "tenant", id, name: displayName },
      tenantId: id,
      result: "success",
      before: { displayName: before.displayName, customerId: before.customerId },
      after: { displayName, customerId },
    });
  });
  return findTenant(deps.store, request.actor, id);
}
