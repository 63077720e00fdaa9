import { AppError } from "../../errors";
import type { CustomerId, TenantId } from "../access/ids";
import { auditedRequest, type AuditedRequest, type WriteRequest } from "../access/request-facts";
import type { Customer } from "../customers/customer";
import { findCustomer } from "../customers/keep-customers";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { claimKey, findReplay, remember } from "../decisions/idempotency";
import type { PartnerSignIn } from "../resellers/partner-sign-in";
import { announceTenant } from "./announce-tenant";
import { findTenant, findTenantIn } from "./find-tenant";
import { Tenant, TENANT_ROW } from "./tenant";

export interface RegisterTenantDeps extends DecideDeps {
  signIn: Pick<PartnerSignIn, "resolveDirectory">;
}

export interface NewTenant {
  /** A verified domain of the directory, or its tenant id. */
  domainOrTenantId: string;
  displayName: string;
}

/**
 * Makes a customer's directory known (C20). It is not in the module yet. Throws `unresolved` when Microsoft knows no
 * such directory, `tenantExists` when it is known already.
 */
export async function registerTenant(
  deps: RegisterTenantDeps,
  request: WriteRequest,
  customerId: CustomerId,
  ask: NewTenant,
): Promise<Found<Tenant>> {
  const { value: customer } = await findCustomer(deps.store, request.actor, customerId);
  const tenantId = await deps.signIn.resolveDirectory(ask.domainOrTenantId);
  if (!tenantId) {
    throw new AppError("unprocessable", "unresolved", `Microsoft knows no directory "${ask.domainOrTenantId}".`);
  }
  await claimKey(deps.store, request.idempotency, deps.clock());
  await decide(deps, tenantPartition(tenantId), async (decision) => {
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    if (await decision.get(TENANT_ROW, Tenant)) {
      throw new AppError("conflict", "tenantExists", "This directory has been registered already.");
    }
    const domain = ask.domainOrTenantId === tenantId ? "" : ask.domainOrTenantId.toLowerCase();
    const tenant = registeredTenant(decision, auditedRequest(request), {
      ...{ tenantId, customer, domain, displayName: ask.displayName },
    });
    decision.create(TENANT_ROW, tenant);
    await remember(decision, request.idempotency, tenantId);
    announceTenant(decision, tenantId);
  });
  return findTenant(deps.store, request.actor, tenantId);
}

/** A directory as it is first known, recorded in the decision; whoever decides stores it. */
export function registeredTenant(
  decision: Decision,
  by: AuditedRequest,
  ask: { tenantId: TenantId; customer: Pick<Customer, "id" | "name">; displayName: string; domain: string },
): Tenant {
  const { tenantId, customer, displayName, domain } = ask;
  decision.record({
    ...by,
    action: "tenant.register",
    object: { type: "tenant", id: tenantId, name: displayName },
    tenantId,
    result: "success",
    after: { displayName, domain, customer: customer.name },
  });
  return {
    ...{ tenantId, customerId: customer.id, displayName, domain },
    consent: { state: "NeedsConsent", permissions: [] },
    inModule: false,
    registeredAt: decision.now.toISOString(),
  };
}

/** Adds a consented tenant to the module (C23). Throws `notFound`, also out of scope, `consentRequired`, `tenantAlreadyAdded`. */
export async function addTenant(deps: DecideDeps, request: WriteRequest, tenantId: TenantId): Promise<Found<Tenant>> {
  await claimKey(deps.store, request.idempotency, deps.clock());
  await decide(deps, tenantPartition(tenantId), async (decision) => {
    const found = await findTenantIn(decision, request.actor);
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    const tenant = found.value;
    if (tenant.inModule)
      throw new AppError("conflict", "tenantAlreadyAdded", `${tenant.displayName} has been added already.`);
    if (tenant.consent.state !== "Consented") {
      throw new AppError(
        "conflict",
        "consentRequired",
        `${tenant.displayName} has not consented to the tenant app yet.`,
      );
    }
    decision.replace(found, addedTenant(decision, auditedRequest(request), tenant));
    await remember(decision, request.idempotency, tenantId);
    announceTenant(decision, tenantId);
  });
  return findTenant(deps.store, request.actor, tenantId);
}

/** The tenant as a member of the module, recorded in the decision; whoever decides stores it. */
export function addedTenant(decision: Decision, by: AuditedRequest, tenant: Tenant): Tenant {
  const { tenantId, displayName } = tenant;
  decision.record({
    ...by,
    action: "tenant.add",
    object: { type: "tenant", id: tenantId, name: displayName },
    tenantId,
    result: "success",
  });
  return { ...tenant, inModule: true, addedAt: decision.now.toISOString() };
}
