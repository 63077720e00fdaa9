import { AppError } from "../../errors";
import type { CustomerId, TenantId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { findCustomer } from "../customers/keep-customers";
import { decide, type DecideDeps, type Found } from "../decisions/decide";
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
    const tenant: Tenant = {
      tenantId,
      customerId,
      displayName: ask.displayName,
      domain: ask.domainOrTenantId === tenantId ? "" : ask.domainOrTenantId.toLowerCase(),
      consent: { state: "NeedsConsent", permissions: [] },
      inModule: false,
      registeredAt: decision.now.toISOString(),
    };
    decision.create(TENANT_ROW, tenant);
    await remember(decision, request.idempotency, tenantId);
    announceTenant(decision, tenantId);
    decision.record({
      ...auditedRequest(request),
      action: "tenant.register",
      object: { type: "tenant", id: tenantId, name: ask.displayName },
      tenantId,
      result: "success",
      after: { displayName: ask.displayName, domain: tenant.domain, customer: customer.name },
    });
  });
  return findTenant(deps.store, request.actor, tenantId);
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
    decision.replace(found, { ...tenant, inModule: true, addedAt: decision.now.toISOString() } satisfies Tenant);
    await remember(decision, request.idempotency, tenantId);
    announceTenant(decision, tenantId);
    decision.record({
      ...auditedRequest(request),
      action: "tenant.add",
      object: { type: "tenant", id: tenantId, name: tenant.displayName },
      tenantId,
      result: "success",
    });
  });
  return findTenant(deps.store, request.actor, tenantId);
}
