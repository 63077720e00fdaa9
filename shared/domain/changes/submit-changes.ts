import { AppError } from "../../errors";
import { BatchId, ChangeId, newId, type TenantId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { decide, type DecideDeps, type Decision } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { findReplay, formerUse, remember } from "../decisions/idempotency";
import { recogniseEdits } from "../recovery/recognise-edits";
import { connectedAs, readSubscriptions, type ReadDeps } from "../subscriptions/read-subscriptions";
import type { Subscription } from "../subscriptions/subscription";
import { connectionOf, findTenantIn } from "../tenants/find-tenant";
import type { Connection, Tenant } from "../tenants/tenant";
import { originOfItem } from "./attempt-ids";
import { changeRow, type Ask, type Change } from "./change";
import { batchRow, findBatch, type Batch, type BatchItem } from "./batch";
import { judgeEdits, type Judged, type JudgeDeps, type QuantityEdit } from "./judge-edits";
import { announceChanges } from "./project-changes";
import { enqueue } from "./save-transition";

export type SubmitDeps = DecideDeps & ReadDeps & JudgeDeps;

/** More open changes than any healthy tenant has: something is wrong, and the head row must stay small. */
const MAX_OPEN_CHANGES = 500;

/**
 * Accepts edits of seats (C32): one change per accepted item, all in one transaction, none of it sent to Microsoft yet.
 * Items that cannot be done are answered each with its code. A repeated request answers what became of the first.
 * Throws `notFound`, `tenantNotConnected`, `resellerNotAuthorized`, `idempotencyKeyReused`, `tooManyOpenChanges`.
 */
export async function submitChanges(
  deps: SubmitDeps,
  request: WriteRequest,
  tenantId: TenantId,
  edits: readonly QuantityEdit[],
  reason: string | undefined,
): Promise<Batch> {
  const partition = tenantPartition(tenantId);
  const earlier = await decide(deps, partition, (decision) => findReplay(decision, request.idempotency));
  if (earlier !== undefined) return findBatch(deps.store, tenantId, BatchId.parse(earlier));

  const live = await readSubscriptions(deps, request.actor, tenantId);
  const fresh = await judgeEdits(deps, await connectedAs(deps, request.actor, tenantId), edits, live);
  const ids = fresh.map(() => ChangeId.parse(newId(deps.clock(), deps.random(10))));
  const again = { ...{ tenantId, idempotency: request.idempotency, edits, ids }, now: deps.clock() };
  const judged = await recogniseEdits(deps, again, fresh, live);
  const batchId = BatchId.parse(newId(deps.clock(), deps.random(10)));
  const storedId = await decide(deps, partition, async (decision) => {
    const replayed = await findReplay(decision, request.idempotency);
    if (replayed !== undefined) return BatchId.parse(replayed);
    const { value: tenant } = await findTenantIn(decision, request.actor);
    const connection = connectionOf(tenant);
    requireRoom(decision, tenant, edits.length);
    const former = await formerUse(decision, request.idempotency);
    const items = judged.map((item, i) =>
      noteItem(decision, request, {
        ...{ item, id: ids[i], connection, tenantId, batchId, reason },
        origin: originOfItem(request.idempotency, i, former),
      }),
    );
    decision.create(batchRow(batchId), {
      id: batchId,
      tenantId,
      at: decision.now.toISOString(),
      items,
    } satisfies Batch);
    const accepted = items.flatMap((item) => (item.outcome === "accepted" ? [item.changeId] : []));
    announceChanges(decision, tenantId, accepted);
    await remember(decision, request.idempotency, batchId);
    return batchId;
  });
  return findBatch(deps.store, tenantId, storedId);
}

/** Throws `operationInProgress` while the tenant is being disconnected, `tooManyOpenChanges` when it has too many. */
export function requireRoom({ head }: Decision, { displayName }: Tenant, more: number): void {
  if (head.connection !== "Connected") {
    throw new AppError("conflict", "operationInProgress", `${displayName} is being disconnected.`);
  }
  if (head.openChanges.length + more > MAX_OPEN_CHANGES) {
    const message = `${displayName} has ${head.openChanges.length} open changes.`;
    throw new AppError("conflict", "tooManyOpenChanges", message);
  }
}

interface Noted {
  item: Judged;
  /** What the ids of its writes are made of. */
  origin: string;
  id: ChangeId | undefined;
  connection: Connection;
  tenantId: TenantId;
  batchId: BatchId;
  reason: string | undefined;
}

/** Writes one item into the decision and says how it is answered. */
function noteItem(decision: Decision, request: WriteRequest, noted: Noted): BatchItem {
  const { item, id, tenantId } = noted;
  const base = {
    ...auditedRequest(request),
    action: "subscription.quantity.update",
    tenantId,
    resellerId: noted.connection.resellerId,
  };
  if (item.kind === "settled" || id === undefined) {
    const settled = item.kind === "settled" ? item.item : undefined;
    if (!settled) throw new Error("An accepted item has an id.");
    const name = item.kind === "settled" ? item.name : undefined;
    decision.record({
      ...base,
      object: { type: "subscription", id: settled.subscriptionId, ...(name ? { name } : {}) },
      subscriptionId: settled.subscriptionId,
      result: settled.outcome === "failed" ? "failure" : "success",
      ...(settled.outcome === "failed" ? { errorCode: settled.code } : {}),
    });
    return settled;
  }
  const { subscription, ask, from, to } = item;
  decision.create(changeRow(id), enqueue(decision, newChange(decision, request, noted, id, subscription, ask)));
  decision.head = { ...decision.head, openChanges: [...decision.head.openChanges, id] };
  decision.record({
    ...base,
    object: { type: "subscription", id: subscription.id, name: subscription.friendlyName },
    subscriptionId: subscription.id,
    changeId: id,
    result: "success",
    before: { quantity: from },
    after: { quantity: to },
    ...(noted.reason ? { reason: noted.reason } : {}),
  });
  return { subscriptionId: subscription.id, outcome: "accepted", changeId: id };
}

function newChange(
  decision: Decision,
  request: WriteRequest,
  noted: Noted,
  id: ChangeId,
  subscription: Subscription,
  ask: Ask,
): Change {
  const at = decision.now.toISOString();
  return {
    id,
    tenantId: noted.tenantId,
    origin: noted.origin,
    kind: "quantity",
    source: "edit",
    subscriptionId: subscription.id,
    subscriptionName: subscription.friendlyName,
    ask,
    resellerId: noted.connection.resellerId,
    cspCustomerId: noted.connection.cspCustomerId,
    state: "PendingPurchase",
    released: true,
    enqueued: 0,
    enqueuedAt: at,
    deadLetters: 0,
    claims: 0,
    steps: [],
    requestedBy: auditedRequest(request).actor,
    requestedAt: at,
    ...(noted.reason ? { reason: noted.reason } : {}),
    correlationId: request.correlationId,
    batchId: noted.batchId,
  };
}
