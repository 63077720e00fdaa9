import { z } from "zod";
import type { ChangeId, TenantId } from "../access/ids";
import type { AuditFacts } from "../audit/audit-entry";
import type { Decision, DecideDeps, Found } from "../decisions/decide";
import { decide } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { unlessNewer } from "../decisions/newer-version";
import { Change, changeRow, isFinal, Lane, laneRow } from "./change";
import { lineOf } from "./change-list";
import { askToCompare } from "./compare-answered";
import { announceChanges } from "./project-changes";
import { measureTransition } from "./measure-transition";
import { freedLane, type Transition } from "./transitions";

/** Who moves a change: a person with the request they made (`auditedRequest`), or the worker. */
export type Mover = Pick<AuditFacts, "actor" | "correlationId" | "clientIp">;

/** Names the worker in the audit log; people stand there with their own names. */
export const WORKER: Mover = { actor: { kind: "automation", id: "change-worker", name: "Change worker" } };

/** Message of the queue `changes`: a pointer, the row is the truth. */
export const ChangePointer = z.object({ tenantId: z.string(), changeId: z.string(), n: z.int().positive() });
export type ChangePointer = z.infer<typeof ChangePointer>;

/**
 * Writes the next message about a change into the decision and returns the change with its new number. A message id is
 * never used twice: duplicate detection would drop the second one silently.
 */
export function enqueue(decision: Pick<Decision, "now" | "send">, change: Change, notBefore?: Date): Change {
  const n = change.enqueued + 1;
  const pointer: ChangePointer = { tenantId: change.tenantId, changeId: change.id, n };
  decision.send({
    queue: "changes",
    messageId: `${change.id}:${n}`,
    sessionId: `${change.tenantId}/${change.subscriptionId}`,
    ...(notBefore ? { notBefore: notBefore.toISOString() } : {}),
    body: pointer,
  });
  return { ...change, enqueued: n, enqueuedAt: (notBefore ?? decision.now).toISOString() };
}

/**
 * Stores one step of a change: its row, the lane, the audit entry and the next message, all in one transaction.
 * `make` sees the row as it is now and may decline by returning undefined (somebody else was faster); then nothing is
 * stored and the answer is undefined.
 */
export async function saveTransition(
  deps: DecideDeps,
  pointer: { tenantId: TenantId; changeId: ChangeId },
  make: (change: Change, lane: Lane, decision: Decision) => Transition | undefined,
  mover: Mover = WORKER,
): Promise<Change | undefined> {
  return decide(deps, tenantPartition(pointer.tenantId), async (decision) => {
    const found = await decision.get(changeRow(pointer.changeId), Change);
    if (!found) return undefined;
    const lane = await decision.get(laneRow(found.value.subscriptionId), Lane);
    const transition = make(found.value, lane?.value ?? {}, decision);
    return transition && noteTransition(decision, { found, lane }, transition, mover);
  });
}

/**
 * Notes one step of a change in a decision: its row, the lane, the audit entry and the next message. Answers the change
 * as it is then. For decisions that store more than the step, such as the key of the request that asked for it.
 */
export async function noteTransition(
  decision: Decision,
  { found, lane }: { found: Found<Change>; lane: Found<Lane> | undefined },
  transition: Transition,
  mover: Mover,
): Promise<Change> {
  const next = transition.wakeAt ? enqueue(decision, transition.change, transition.wakeAt) : transition.change;
  decision.replace(found, next);
  recordTransition(decision, found.value, next, transition.audit, mover);
  askToCompare(decision, found.value, next);
  decision.measure(measureTransition(found.value, next));
  noteOpen(decision, next);
  if (isShownAnew(found.value, next, decision.now)) announceChanges(decision, next.tenantId, [next.id]);
  if (transition.lane !== "keep") {
    if ("take" in transition.lane) takeLane(decision, lane, next);
    else await freeLane(decision, lane, next, transition.lane.verifiedQuantity);
  }
  return next;
}

/** True when the list across tenants shows something else from now on. */
function isShownAnew(before: Change, after: Change, now: Date): boolean {
  return JSON.stringify(lineOf(before, now)) !== JSON.stringify(lineOf(after, now));
}

/** Keeps the list of open changes true, also when one that had ended is taken up again. */
function noteOpen(decision: Decision, { id, state }: Change): void {
  const { openChanges } = decision.head;
  if (isFinal(state)) decision.head = { ...decision.head, openChanges: openChanges.filter((open) => open !== id) };
  else if (!openChanges.includes(id)) decision.head = { ...decision.head, openChanges: [...openChanges, id] };
}

function takeLane(decision: Decision, lane: Found<Lane> | undefined, change: Change): void {
  const held: Lane = { ...lane?.value, changeId: change.id };
  if (lane) decision.replace(lane, held);
  else decision.create(laneRow(change.subscriptionId), held);
}

async function freeLane(
  decision: Decision,
  lane: Found<Lane> | undefined,
  change: Change,
  verifiedQuantity: number | undefined,
): Promise<void> {
  const holder = lane?.value.changeId;
  if (holder !== undefined && holder !== change.id) return;
  if (lane && holder !== undefined) decision.replace(lane, freedLane(lane.value, verifiedQuantity, decision.now));
  // Also when it held no lane: it may be the one that was woken for it, and then nobody else was.
  const waiting = await oldestWaiting(decision, change);
  if (waiting) decision.replace(waiting, enqueue(decision, waiting.value));
}

/** The next change that wants this subscription: the lane's keeper wakes it, since its own message has come and gone. */
async function oldestWaiting(decision: Decision, leaving: Change): Promise<Found<Change> | undefined> {
  for (const id of decision.head.openChanges) {
    if (id === leaving.id) continue;
    // One that only a newer version may read is that version's to wake; it must not keep this one from being saved.
    const found = await unlessNewer(decision.get(changeRow(id), Change));
    if (found && waitsForLaneOf(found.value, leaving, decision.now)) return found;
  }
  return undefined;
}

/** True for a change that could go on now if the lane of the other one were free. */
export function waitsForLaneOf(waiting: Change, leaving: Change, now: Date): boolean {
  const { subscriptionId, state, released, dueAt } = waiting;
  const isDue = dueAt === undefined || Date.parse(dueAt) <= now.getTime();
  return subscriptionId === leaving.subscriptionId && state === "PendingPurchase" && released && isDue;
}

function recordTransition(
  decision: Decision,
  before: Change,
  after: Change,
  audit: Transition["audit"],
  mover: Mover,
): void {
  const { details, ...facts } = audit;
  decision.record({
    ...facts,
    object: { type: "change", id: after.id, name: after.subscriptionName },
    before: { state: before.state },
    after: { state: after.state, ...(after.outcome ? { outcome: after.outcome } : {}), ...details },
    tenantId: after.tenantId,
    resellerId: after.resellerId,
    subscriptionId: after.subscriptionId,
    changeId: after.id,
    ...(after.correlationId ? { correlationId: after.correlationId } : {}),
    ...mover,
  });
}
