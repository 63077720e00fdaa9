import { AppError } from "../../errors";
import {
  startAuthorization,
  takeAuthorization,
  type AuthorizationDeps,
  type PendingAuthorization,
  type StartedAuthorization,
} from "../access/authorization-state";
import type { TenantId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { decide } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { announceTenant } from "./announce-tenant";
import { findTenant } from "./find-tenant";
import { Tenant, TENANT_ROW } from "./tenant";
import type { TenantDirectory } from "./tenant-directory";

export interface ConsentDeps extends AuthorizationDeps {
  tenantDirectory: TenantDirectory;
  consentRedirectUri: string;
}

/** Starts the admin consent of a customer's directory to the tenant app (C22). */
export async function startTenantConsent(
  deps: ConsentDeps,
  request: WriteRequest,
  ask: { tenantId: TenantId; returnTo: string },
): Promise<StartedAuthorization & { consentUrl: string }> {
  const { value: tenant } = await findTenant(deps.store, request.actor, ask.tenantId);
  const started = await startAuthorization(
    deps,
    {
      purpose: { kind: "tenant", tenantId: tenant.tenantId },
      startedBy: auditedRequest(request).actor,
      returnTo: ask.returnTo,
    },
    request.idempotency,
    {
      ...auditedRequest(request),
      action: "tenant.consent.start",
      object: { type: "tenant", id: tenant.tenantId, name: tenant.displayName },
      tenantId: tenant.tenantId,
      result: "success",
    },
  );
  const consentUrl = deps.tenantDirectory.consentUrl({
    tenantId: tenant.tenantId,
    redirectUri: deps.consentRedirectUri,
    state: started.state,
  });
  return { ...started, consentUrl };
}

export interface ConsentCallback {
  state: string;
  granted: boolean;
  cookie: string | undefined;
  correlationId: string;
  clientIp: string | undefined;
}

export interface FinishedConsent {
  tenantId: TenantId;
  returnTo: string;
  errorCode?: string;
}

/**
 * Ends the admin consent: whatever the redirect says, consent is proved by reading the directory with a token for it.
 * Throws only `stateExpired`; other failures are audited and returned with the place to go back to.
 */
export async function finishTenantConsent(deps: ConsentDeps, callback: ConsentCallback): Promise<FinishedConsent> {
  const pending = await takeAuthorization(deps, { state: callback.state, cookie: callback.cookie, kind: "tenant" });
  if (pending.purpose.kind !== "tenant") throw new Error("A tenant's consent was expected.");
  const { tenantId } = pending.purpose;
  const done = { tenantId, returnTo: pending.returnTo };
  try {
    const permissions = await proveConsent(deps, tenantId, callback.granted);
    await storeConsent(deps, tenantId, permissions, pending, callback);
    return done;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await recordRefusal(deps, tenantId, error.code, pending, callback);
    return { ...done, errorCode: error.code };
  }
}

async function proveConsent(deps: ConsentDeps, tenantId: TenantId, granted: boolean): Promise<string[]> {
  if (!granted) throw new AppError("forbidden", "accessDenied", "The consent was declined.");
  const seen = await deps.tenantDirectory.readOrganization(tenantId);
  if (seen.kind === "missing") {
    throw new AppError(
      "unprocessable",
      "tenantMismatch",
      "The consent was given in another directory than this tenant.",
    );
  }
  if (seen.tenantId !== tenantId) throw new AppError("unprocessable", "tenantMismatch", "Another directory answered.");
  return seen.permissions;
}

async function storeConsent(
  deps: ConsentDeps,
  tenantId: TenantId,
  permissions: string[],
  pending: PendingAuthorization,
  callback: ConsentCallback,
): Promise<void> {
  await decide(deps, tenantPartition(tenantId), async (decision) => {
    const found = await decision.get(TENANT_ROW, Tenant);
    if (!found) throw new AppError("not-found", "notFound", "The tenant has been removed meanwhile.");
    decision.replace(found, {
      ...found.value,
      consent: { state: "Consented", permissions, at: decision.now.toISOString() },
    } satisfies Tenant);
    announceTenant(decision, tenantId);
    decision.record({
      actor: pending.startedBy,
      correlationId: callback.correlationId,
      ...(callback.clientIp ? { clientIp: callback.clientIp } : {}),
      action: "tenant.consent.success",
      object: { type: "tenant", id: tenantId, name: found.value.displayName },
      tenantId,
      result: "success",
      after: { permissions },
    });
  });
}

async function recordRefusal(
  deps: ConsentDeps,
  tenantId: TenantId,
  errorCode: string,
  pending: PendingAuthorization,
  callback: ConsentCallback,
): Promise<void> {
  await decide(deps, tenantPartition(tenantId), (decision) => {
    decision.record({
      actor: pending.startedBy,
      correlationId: callback.correlationId,
      action: "tenant.consent.fail",
      object: { type: "tenant", id: tenantId },
      tenantId,
      result: "failure",
      errorCode,
    });
  });
}
