import { AppError } from "../../errors";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { checkEtag } from "../decisions/public-etag";
import type { StateStore } from "../decisions/state-store";
import { checkScopeExists } from "./check-scope";
import { Grant, grantRow } from "./grant";
import type { Principal, TenantId } from "./ids";
import { auditedRequest, type WriteRequest } from "./request-facts";
import { requireWholeScope } from "./whole-scope";

export interface AccessDeps extends DecideDeps {
  /** Only its people and apps can be given anything; customers' own see their own tenant. */
  mspDirectoryId: TenantId;
  /** The Admin the deployment names: no grant touches them. */
  firstAdmin: Principal | undefined;
}

export type GrantFields = Pick<Grant, "scope" | "optIns" | "displayName">;

/**
 * Gives a person or app of the MSP a scope in place of the one it had (C65). `etag` names the grant as it was read;
 * undefined: there is none yet. Throws `forbidden` unless the caller's own scope is everything, `notOfMspDirectory`,
 * `unknownInScope`, `etagMismatch`, and `lastAdmin` when the caller would limit itself or the first Admin: the caller
 * is the one Admin of everything who is known to be left (ADR 12).
 */
export async function grantAccess(
  deps: AccessDeps,
  request: WriteRequest,
  principal: Principal,
  fields: GrantFields,
  etag: string | undefined,
): Promise<Found<Grant>> {
  requireWholeScope(request.actor);
  if (!principal.startsWith(`${deps.mspDirectoryId}_`)) {
    throw new AppError("unprocessable", "notOfMspDirectory", "Only people and apps of the MSP's own directory.");
  }
  await checkScopeExists(deps.store, fields.scope);
  await decide(deps, MSP_PARTITION, async (decision) => {
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    await checkCaller(deps, decision, request);
    if (principal === deps.firstAdmin) throw firstAdminStays();
    if (principal === request.actor.id && fields.scope.kind !== "all") throw noAdminLeft();
    const found = await decision.get(grantRow(principal), Grant);
    const before = found?.value.revokedAt === undefined ? found : undefined;
    checkPrecondition(before, etag);
    const { name: grantedBy } = request.actor;
    const grant: Grant = { ...fields, grantedAt: decision.now.toISOString(), grantedBy };
    if (found) decision.replace(found, grant);
    else decision.create(grantRow(principal), grant);
    await remember(decision, request.idempotency, principal);
    decision.record({
      ...auditedRequest(request),
      action: "access.grant",
      object: accessObject(principal, grant),
      result: "success",
      ...(before ? { before: audited(before.value) } : {}),
      after: audited(grant),
    });
  });
  return findAccess(deps.store, request.actor, principal);
}

/**
 * Takes a grant back (C65): an Admin then sees everything, anybody else nothing. Throws `forbidden`, `notFound`,
 * `etagMismatch`, and `lastAdmin` for the first Admin.
 */
export async function revokeAccess(
  deps: AccessDeps,
  request: WriteRequest,
  principal: Principal,
  etag: string,
): Promise<void> {
  requireWholeScope(request.actor);
  await decide(deps, MSP_PARTITION, async (decision) => {
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    await checkCaller(deps, decision, request);
    if (principal === deps.firstAdmin) throw firstAdminStays();
    const found = await decision.get(grantRow(principal), Grant);
    if (found?.value.revokedAt !== undefined || !found) throw noGrant();
    checkEtag(found.etag, etag);
    decision.replace(found, { ...found.value, revokedAt: decision.now.toISOString() } satisfies Grant);
    await remember(decision, request.idempotency, principal);
    decision.record({
      ...auditedRequest(request),
      action: "access.revoke",
      object: accessObject(principal, found.value),
      result: "success",
      before: audited(found.value),
    });
  });
}

/** One grant. Throws `notFound`, and `forbidden` unless the caller's scope is everything. */
export async function findAccess(
  store: StateStore,
  actor: WriteRequest["actor"],
  principal: Principal,
): Promise<Found<Grant>> {
  requireWholeScope(actor);
  const found = await store.get(MSP_PARTITION, grantRow(principal));
  const grant = found && Grant.parse(found.value);
  if (!found || grant?.revokedAt !== undefined || !grant) throw noGrant();
  return { ...found, value: grant };
}

/** Two Admins who limit each other at the same moment: the second is judged by what the first has done. */
async function checkCaller(deps: AccessDeps, decision: Decision, { actor }: WriteRequest): Promise<void> {
  if (actor.id === deps.firstAdmin) return;
  const own = await decision.get(`grant_${actor.id}`, Grant);
  if (own && own.value.revokedAt === undefined) requireWholeScope({ scope: own.value.scope });
}

function checkPrecondition(before: Found<Grant> | undefined, etag: string | undefined): void {
  if (before && etag !== undefined) {
    checkEtag(before.etag, etag);
    return;
  }
  if (!before && etag === undefined) return;
  const message = before
    ? "This grant exists already; read it, and name its ETag."
    : "There is no such grant any more.";
  throw new AppError("stale", "etagMismatch", message);
}

function accessObject(principal: Principal, { displayName }: Grant): { type: string; id: string; name?: string } {
  return { type: "access", id: principal, ...(displayName ? { name: displayName } : {}) };
}

function audited({ scope, optIns, displayName }: Grant): Record<string, unknown> {
  return { scope, optIns, ...(displayName ? { displayName } : {}) };
}

function noGrant(): AppError {
  return new AppError("not-found", "notFound", "Nothing was granted to this person or app.");
}

function firstAdminStays(): AppError {
  return new AppError(
    "conflict",
    "lastAdmin",
    "This is the first Admin, named by the settings of this installation. Name another one there.",
  );
}

function noAdminLeft(): AppError {
  return new AppError(
    "conflict",
    "lastAdmin",
    "You are the one Admin of everything who is known to be left. Let another one limit you.",
  );
}
