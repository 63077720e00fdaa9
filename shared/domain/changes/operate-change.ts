import { AppError } from "../../errors";
import type { ChangeId, TenantId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { decide, type DecideDeps, type Decision } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { connectionOf, findTenantIn } from "../tenants/find-tenant";
import type { Tenant } from "../tenants/tenant";
import { Change, changeRow, Lane, laneRow } from "./change";
import type { LedgerSettings } from "./ledger-settings";
import { cancelledBy, lookedAgain, resolved, retried, type Operator } from "./operator-transitions";
import { findChange } from "./read-changes";
import { noteTransition } from "./save-transition";
import { requireRoom } from "./submit-changes";
import type { Transition } from "./transitions";

/** A change, and what a person says about what they do to it. */
export interface OperatorAsk {
  tenantId: TenantId;
  changeId: ChangeId;
  reason?: string | undefined;
}

/**
 * Settles a change in review by a person's word (C69): `applied` ends it or lets it go on, `notApplied` has it tried
 * again. Throws `notFound`, `reasonRequired`, `notInReview`, `writeInFlight`, `idempotencyKeyReused`.
 */
export async function resolveChange(
  deps: DecideDeps & { settings: LedgerSettings },
  request: WriteRequest,
  ask: OperatorAsk & { outcome: "applied" | "notApplied" },
): Promise<Change> {
  if (!ask.reason) {
    const errors = [{ pointer: "/body/reason", message: "Say how you know." }];
    throw new AppError("invalid", "reasonRequired", "Say how you know: it stands in place of a proof.", { errors });
  }
  return operate(deps, request, ask, (change, by, { now }) => resolved(change, ask.outcome, by, now, deps.settings));
}

/** Has the evidence of a change in review read once more (C69). Throws `notFound`, `notInReview`, `idempotencyKeyReused`. */
export function lookAgain(deps: DecideDeps, request: WriteRequest, ask: OperatorAsk): Promise<Change> {
  return operate(deps, request, ask, (change, by, { now }) => lookedAgain(change, by, now));
}

/** Gives a change up that waits or has failed (C70). Throws `notFound`, `notPending`, `idempotencyKeyReused`. */
export function cancelChange(deps: DecideDeps, request: WriteRequest, ask: OperatorAsk): Promise<Change> {
  return operate(deps, request, ask, (change, by, { now }) => cancelledBy(change, by, now));
}

/**
 * Takes a failed change up again (C70), through the connection the tenant has now. Throws `notFound`, `wrongState`,
 * `tenantNotConnected`, `operationInProgress`, `tooManyOpenChanges`, `idempotencyKeyReused`.
 */
export function retryChange(deps: DecideDeps, request: WriteRequest, ask: OperatorAsk): Promise<Change> {
  return operate(deps, request, ask, (change, by, decision, tenant) => {
    const transition = retried(change, by, decision.now);
    const { resellerId, cspCustomerId } = connectionOf(tenant);
    requireRoom(decision, tenant, 1);
    return { ...transition, change: { ...transition.change, resellerId, cspCustomerId } };
  });
}

/** One decision: the caller's scope, the key of the request, the change as it is now, and its step. */
async function operate(
  deps: DecideDeps,
  request: WriteRequest,
  { tenantId, changeId, reason }: OperatorAsk,
  make: (change: Change, by: Operator, decision: Decision, tenant: Tenant) => Transition,
): Promise<Change> {
  await decide(deps, tenantPartition(tenantId), async (decision) => {
    const { value: tenant } = await findTenantIn(decision, request.actor);
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    const found = await decision.get(changeRow(changeId), Change);
    if (!found) throw new AppError("not-found", "notFound", "No such change.");
    const lane = await decision.get(laneRow(found.value.subscriptionId), Lane);
    const transition = make(found.value, { name: request.actor.name, reason }, decision, tenant);
    await noteTransition(decision, { found, lane }, transition, auditedRequest(request));
    await remember(decision, request.idempotency, changeId);
  });
  return findChange(deps.store, request.actor, tenantId, changeId);
}
