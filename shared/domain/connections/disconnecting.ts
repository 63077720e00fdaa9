import type { ResellerId, TenantId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { cancelPage } from "../changes/cancel-open-changes";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { tenantPartition, type Head } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { checkEtag } from "../decisions/public-etag";
import type { AuditFacts } from "../audit/audit-entry";
import { announceTenant } from "../tenants/announce-tenant";
import { findTenantIn } from "../tenants/find-tenant";
import { Tenant, TENANT_ROW, type Connection, type Disconnecting } from "../tenants/tenant";
import { startSync } from "./connect-tenant";
import { isBegunBy, operationInProgress, refuseUnsettled, refuseWhileDisconnecting } from "./connection-rules";
import { endUse } from "./reseller-use";

/*
 * Taking a connection away, or putting another one in its place. Its open changes go with it, and there may be more of
 * them than one transaction holds; so the first transaction closes the tenant for changes and claims (`head.connection`
 * is `Disconnecting`) and notes in the tenant's row what is to be done and for whom, and each later one does a part of it.
 * A crash at any step is healed by the same request or by the sweeper, whoever comes first (change ledger §6).
 */

type Goal = Disconnecting["then"]["kind"];

/** What is done, in the words of the audit log. */
const ACTIONS: Record<Goal, string> = {
  nothing: "connection.delete",
  leaveModule: "tenant.disconnect",
  connect: "connection.update",
};

/** Why an open change ends with its connection. */
const CONNECTION_REMOVED = {
  code: "connectionRemoved",
  message: "The tenant's connection to Microsoft CSP was removed or replaced. Nothing was cancelled at Microsoft.",
};

export interface DisconnectAsk {
  then: Disconnecting["then"];
  /** What the caller read, where the request names it. */
  etag?: string;
  /** Throws when the tenant is not one this can be done with. */
  check: (tenant: Tenant) => unknown;
}

/**
 * Ends a tenant's connection and everything that hangs on it. Repeating the request goes on where it stopped. Throws what
 * `check` throws, `notFound`, `etagMismatch`, `idempotencyKeyReused`, and `operationInProgress` while a change is or may
 * be under way at Microsoft, or another such request is at work.
 */
export async function disconnect(
  deps: DecideDeps,
  request: WriteRequest,
  id: TenantId,
  ask: DisconnectAsk,
): Promise<void> {
  const partition = tenantPartition(id);
  await decide(deps, partition, (decision) => begin(decision, request, ask));
  await finishDisconnecting(deps, id);
  const done = await decide(deps, partition, (decision) => findReplay(decision, request.idempotency));
  if (done === undefined) throw operationInProgress("A change of this tenant went on meanwhile.");
}

async function begin(decision: Decision, request: WriteRequest, ask: DisconnectAsk): Promise<void> {
  const found = await findTenantIn(decision, request.actor);
  const tenant = found.value;
  if ((await findReplay(decision, request.idempotency)) !== undefined || isBegunBy(tenant, request)) return;
  refuseWhileDisconnecting(tenant);
  ask.check(tenant);
  if (ask.etag !== undefined) checkEtag(found.etag, ask.etag);
  await refuseUnsettled(decision, tenant);
  const { hash, bodyHash } = request.idempotency;
  const plan: Disconnecting = {
    then: ask.then,
    since: decision.now.toISOString(),
    idempotency: { hash, bodyHash },
    by: auditedRequest(request),
  };
  decision.head = { ...decision.head, connection: "Disconnecting" };
  replaceTenant(decision, found, { ...tenant, disconnecting: plan });
  record(decision, tenant, plan, { action: `${ACTIONS[plan.then.kind]}.start`, result: "success" });
}

/**
 * Does what is left of an ending connection; nothing where none ends. Each step rests on what is stored, so however often
 * and by however many at once this is called, the end is the same.
 */
export async function finishDisconnecting(deps: DecideDeps, id: TenantId): Promise<void> {
  const partition = tenantPartition(id);
  let step: Step;
  do step = await decide(deps, partition, takeStep);
  while (step.next === "more");
  if (step.next === "nothing") return;
  const { former, plan } = step;
  // Only now that no connection names it: a reseller without users may be deleted.
  if (former) await endUse(deps, plan.by, { resellerId: former, tenantId: id }, plan.since);
  await decide(deps, partition, settle);
}

type Step =
  { next: "more" } | { next: "nothing" } | { next: "settle"; former: ResellerId | undefined; plan: Disconnecting };

/** The next part of the work in the tenant's own partition: a page of open changes, then the connection itself. */
async function takeStep(decision: Decision): Promise<Step> {
  const found = await decision.get(TENANT_ROW, Tenant);
  const plan = found?.value.disconnecting;
  if (!found || !plan) return { next: "nothing" };
  const cancelling = await cancelPage(decision, CONNECTION_REMOVED, plan.by);
  if (cancelling === "more") return { next: "more" };
  if (cancelling === "blocked") {
    giveUp(decision, found, plan);
    return { next: "nothing" };
  }
  const { connection } = found.value;
  const former = plan.formerResellerId ?? connection?.resellerId;
  if (connection && plan.formerResellerId === undefined) takeAway(decision, found, plan, connection);
  return { next: "settle", former, plan };
}

/** Nothing is left half-done: a change that cannot be cancelled after all keeps its connection. */
function giveUp(decision: Decision, found: Found<Tenant>, plan: Disconnecting): void {
  open(decision, found.value);
  replaceTenant(decision, found, withoutPlan(found.value));
  const action = ACTIONS[plan.then.kind];
  record(decision, found.value, plan, { action, result: "failure", errorCode: "operationInProgress" });
}

function takeAway(decision: Decision, found: Found<Tenant>, plan: Disconnecting, former: Connection): void {
  const { connection: _former, ...rest } = found.value;
  const next = connectionAfter(plan, decision.now);
  const disconnecting = { ...plan, formerResellerId: former.resellerId };
  replaceTenant(decision, found, { ...rest, ...(next ? { connection: next } : {}), disconnecting });
  record(decision, found.value, plan, {
    action: next ? "connection.update" : "connection.delete",
    result: "success",
    before: mappingOf(former),
    ...(next ? { after: mappingOf(next) } : {}),
  });
}

function connectionAfter({ then, by }: Disconnecting, now: Date): Connection | undefined {
  if (then.kind !== "connect") return undefined;
  const { resellerId, cspCustomerId } = then;
  return { resellerId, cspCustomerId, connectedAt: now.toISOString(), connectedBy: by.actor.name };
}

function mappingOf({ resellerId, cspCustomerId }: Connection): Record<string, unknown> {
  return { resellerId, cspCustomerId };
}

/** The last step: the tenant is open again, or out of the module, and the request is remembered as done. */
async function settle(decision: Decision): Promise<void> {
  const found = await decision.get(TENANT_ROW, Tenant);
  const plan = found?.value.disconnecting;
  if (!found || !plan) return;
  const tenant = withoutPlan(found.value);
  const leaves = plan.then.kind === "leaveModule";
  open(decision, tenant);
  replaceTenant(decision, found, leaves ? withoutModule(tenant) : tenant);
  await remember(decision, plan.idempotency, tenant.tenantId);
  const action = ACTIONS[plan.then.kind];
  record(decision, tenant, plan, { action: leaves ? action : `${action}.end`, result: "success" });
  if (tenant.connection) startSync(decision, tenant.tenantId);
}

/** The tenant takes in changes again, if it has a connection to carry them out. */
function open(decision: Decision, { connection }: Tenant): void {
  const { connection: _closed, ...head } = decision.head;
  const opened: Head = connection ? { ...head, connection: "Connected" } : head;
  decision.head = opened;
}

function withoutPlan({ disconnecting: _plan, ...tenant }: Tenant): Tenant {
  return tenant;
}

function withoutModule({ addedAt: _added, ...tenant }: Tenant): Tenant {
  return { ...tenant, inModule: false };
}

function replaceTenant(decision: Decision, found: Found<Tenant>, tenant: Tenant): void {
  decision.replace(found, tenant);
  announceTenant(decision, tenant.tenantId);
}

function record(
  decision: Decision,
  { tenantId, displayName, connection }: Tenant,
  plan: Disconnecting,
  facts: Pick<AuditFacts, "action" | "result" | "errorCode" | "before" | "after">,
): void {
  const resellerId = plan.formerResellerId ?? connection?.resellerId;
  const type = plan.then.kind === "leaveModule" ? "tenant" : "connection";
  decision.record({
    ...plan.by,
    ...facts,
    object: { type, id: tenantId, name: displayName },
    tenantId,
    ...(resellerId ? { resellerId } : {}),
  });
}
