import { z } from "zod";
import { AppError } from "../../errors";
import { ChangeId, type SubscriptionId, TenantId, type ResellerId } from "../access/ids";
import type { Log } from "../access/log";
import type { Decision, DecideDeps } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import type { SendMessage } from "../decisions/outbox";
import type { OutgoingMessage } from "../decisions/outgoing-message";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import { alertOperators } from "./alert-operators";
import { Change, changeRow, type Attempt, type Found } from "./change";
import { overwroteAfterAll } from "./end-change";
import type { RemoteAuditRecord, RemoteHistory } from "./remote-history";
import { saveTransition } from "./save-transition";
import { settle } from "./settle-attempt";
import { appliedBy, findOurs } from "./weigh-evidence";

/** Message of the queue `sync`: a change that got its answers is to be held against Microsoft's records. */
export const ComparePointer = z.object({
  tenantId: TenantId,
  comparedChangeId: ChangeId,
  looks: z.int().nonnegative(),
});
export type ComparePointer = z.infer<typeof ComparePointer>;

export interface CompareDeps extends DecideDeps {
  resellerIdentity(id: ResellerId): Promise<ResellerIdentity | undefined>;
  history: Pick<RemoteHistory, "auditRecords">;
  send: SendMessage;
  log: Log;
}

/** By then a record can be read (the settle delay of the change ledger); each later look waits twice as long. */
const FIRST_LOOK_MS = 15 * 60_000;
/** Seven looks, the last more than a day after the write. */
const MOST_LOOKS = 7;
/** Records older than the read cannot be about the write; an hour covers any difference between clocks. */
const RECORD_MARGIN_MS = 3_600_000;

/**
 * Asks, in the decision that completes a change, for its answered writes to be held against Microsoft's records. An answer
 * says that our write was carried out; what it was carried out upon, only the record tells (change ledger §5).
 */
export function askToCompare(decision: Pick<Decision, "now" | "send">, before: Change, change: Change): void {
  if (before.state === "Completed" || change.state !== "Completed" || answeredWrites(change).length === 0) return;
  decision.send(comparison({ tenantId: change.tenantId, comparedChangeId: change.id, looks: 0 }, decision.now));
}

function comparison(pointer: ComparePointer, now: Date): OutgoingMessage {
  return {
    queue: "sync",
    messageId: `${pointer.comparedChangeId}:compare:${pointer.looks}`,
    notBefore: new Date(now.getTime() + FIRST_LOOK_MS * 2 ** pointer.looks).toISOString(),
    body: pointer,
  };
}

/** Writes whose only proof is their answer, and of which no record has told anything yet. */
function answeredWrites({ steps }: Change): Attempt[] {
  return steps
    .flatMap(({ attempts }) => attempts)
    .filter(({ state, proof, found }) => state === "applied" && proof?.by === "answer" && found === undefined);
}

/**
 * Holds the answered writes of a completed change against Microsoft's records. Where a record tells other seats than the
 * write was based on, somebody changed them in between: the change then says so, the audit log names both, and the
 * operators are told. Where all is as it should be nothing is stored. Safe to repeat. Records that are missing or cannot
 * be read are looked for again, with growing pauses, for a day.
 */
export async function compareAnswered(deps: CompareDeps, pointer: ComparePointer): Promise<void> {
  const { tenantId, comparedChangeId } = pointer;
  const row = await deps.store.get(tenantPartition(tenantId), changeRow(comparedChangeId));
  const change = row && Change.parse(row.value);
  const writes = change ? answeredWrites(change) : [];
  if (!change || writes.length === 0) return;
  const records = await readRecords(deps, change, writes);
  const mine = new Set(change.steps.flatMap(({ attempts }) => attempts.flatMap((one) => one.correlationIds)));
  const founds = new Map<number, Found | undefined>();
  for (const write of writes) {
    const seen = { records, subscription: { id: change.subscriptionId } };
    const ours = findOurs(write, seen).find(({ operationStatus }) => operationStatus === "succeeded");
    const others = records.filter(({ correlationId }) => !mine.has(correlationId ?? ""));
    const there = ours ? undefined : alreadyThere(write, others, seen.subscription);
    if (ours) founds.set(write.number, foundBy(ours, write, seen));
    else if (there) founds.set(write.number, there);
  }
  await noteFound(deps, change, founds);
  if (founds.size < writes.length) await lookAgain(deps, pointer);
}

function foundBy(ours: RemoteAuditRecord, write: Attempt, seen: Parameters<typeof appliedBy>[2]): Found | undefined {
  const verdict = appliedBy(ours, write, seen);
  return verdict.kind === "applied" ? verdict.found : undefined;
}

/**
 * Microsoft keeps no record of a write that changes nothing. Where somebody else set the very number between our read and
 * our answer, ours had nothing left to do.
 */
function alreadyThere(
  write: Attempt,
  others: readonly RemoteAuditRecord[],
  { id }: { id: SubscriptionId },
): Found | undefined {
  if (write.from === write.to) return undefined;
  const [readAt, answeredAt] = [Date.parse(write.readAt), Date.parse(write.answer?.at ?? write.readAt)];
  const last = others.findLast(({ subscriptionId, operationStatus, operationDate, newQuantity }) => {
    const isBetween = operationDate.getTime() >= readAt && operationDate.getTime() <= answeredAt;
    return subscriptionId === id && operationStatus === "succeeded" && newQuantity !== undefined && isBetween;
  });
  if (!last || last.newQuantity !== write.to || last.oldQuantity === write.to) return undefined;
  return { quantity: write.to, recordId: last.id, ...(last.userName ? { userName: last.userName } : {}) };
}

/** None while they cannot be read: an outage is met by looking again later. */
async function readRecords(deps: CompareDeps, change: Change, writes: Attempt[]): Promise<RemoteAuditRecord[]> {
  const first = Math.min(...writes.map(({ readAt }) => Date.parse(readAt)));
  const period = { from: new Date(first - RECORD_MARGIN_MS), to: deps.clock() };
  const records: RemoteAuditRecord[] = [];
  for (const resellerId of new Set(writes.map((write) => write.resellerId))) {
    const identity = await deps.resellerIdentity(resellerId);
    if (!identity) continue;
    try {
      records.push(...(await deps.history.auditRecords(identity, { customer: change.cspCustomerId, ...period })));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      deps.log.warn("Microsoft's records could not be read", { tenantId: change.tenantId, errorCode: error.code });
    }
  }
  return records;
}

async function noteFound(deps: CompareDeps, change: Change, founds: Map<number, Found | undefined>): Promise<void> {
  if (![...founds.values()].some((found) => found !== undefined)) return;
  const target = { tenantId: change.tenantId, changeId: change.id };
  const saved = await saveTransition(deps, target, (current) => {
    const met = answeredWrites(current).flatMap((write) => {
      const found = founds.get(write.number);
      return found ? [{ ...write, found }] : [];
    });
    const [first] = met;
    return first && overwroteAfterAll(current, met.reduce(settle, current), first);
  });
  alertOperators(deps.log, saved);
}

async function lookAgain(deps: CompareDeps, pointer: ComparePointer): Promise<void> {
  const next = { ...pointer, looks: pointer.looks + 1 };
  const { tenantId, comparedChangeId } = pointer;
  if (next.looks < MOST_LOOKS) await deps.send(comparison(next, deps.clock()));
  else deps.log.warn("Microsoft has no record of a change it has confirmed", { tenantId, changeId: comparedChangeId });
}
