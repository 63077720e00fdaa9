import type { Attempt } from "./change";
import type { LedgerSettings } from "./ledger-settings";
import { fenceEnd } from "./ledger-settings";
import type { RemoteAuditRecord, RemoteOrderLine } from "./remote-history";
import type { Subscription } from "../subscriptions/subscription";

/** What was read at Microsoft to prove what became of a write, all of it after its fence. */
export interface Evidence {
  records: readonly RemoteAuditRecord[];
  orderLines: readonly RemoteOrderLine[];
  subscription: Subscription;
}

export type Verdict =
  | { kind: "applied"; by: "auditRecord" | "order" | "seatBatch"; reference: string; oldQuantity?: number }
  | { kind: "notApplied" }
  | { kind: "lookAgain"; at: Date }
  | { kind: "review"; because: string };

/** Looks after the settle delay before a contradiction that nobody explains goes to a person. */
const MAX_LOOKS_AT_CONTRADICTION = 4;

/** Orders written at the very moment of the read may carry a slightly earlier time than ours. */
const ORDER_CLOCK_SLACK_MS = 5_000;

/**
 * Judges an open write by what Microsoft recorded (change ledger §5). Quantity alone proves nothing, in either
 * direction: we may have bought and an outsider given back, or an outsider bought and we did not.
 */
export function weighEvidence(attempt: Attempt, evidence: Evidence, now: Date, settings: LedgerSettings): Verdict {
  const subscriptionId = evidence.subscription.id;
  const records = evidence.records.filter((r) => r.subscriptionId === undefined || r.subscriptionId === subscriptionId);
  const ours = records.find((r) => r.correlationId !== undefined && attempt.correlationIds.includes(r.correlationId));
  if (ours && ours.operationStatus === "succeeded") {
    return { kind: "applied", by: "auditRecord", reference: ours.id, ...oldQuantity(ours) };
  }
  const settledAt = new Date(fenceEnd(attempt.sendBy, settings).getTime() + settings.settleDelayMs);
  if (now < settledAt) return { kind: "lookAgain", at: nextLook(attempt, now, settledAt, settings) };

  const others = records.filter((r) => r !== ours && isSeatChangeAfter(r, attempt, subscriptionId));
  const left = unexplained(attempt, evidence, others);
  if (left) return { kind: "applied", ...left };
  const explained = others.reduce((sum, r) => sum + (r.newQuantity ?? 0) - (r.oldQuantity ?? 0), 0);
  if (evidence.subscription.quantity === attempt.from + explained) return { kind: "notApplied" };
  if (attempt.looks < MAX_LOOKS_AT_CONTRADICTION) {
    return { kind: "lookAgain", at: nextLook(attempt, now, undefined, settings) };
  }
  return {
    kind: "review",
    because: `${evidence.subscription.quantity} seats where ${attempt.from + explained} would be explained, and no record of our write`,
  };
}

/** Pauses between looks grow with their number: 1, 2, 4 … 32 times the back-off base; never past `latest`. */
export function nextLook(attempt: Attempt, now: Date, latest: Date | undefined, settings: LedgerSettings): Date {
  const pause = settings.backoffBaseMs * 2 ** Math.min(attempt.looks, 5);
  const next = new Date(now.getTime() + pause);
  return latest && latest < next ? latest : next;
}

function oldQuantity(record: RemoteAuditRecord): { oldQuantity?: number } {
  return record.oldQuantity === undefined ? {} : { oldQuantity: record.oldQuantity };
}

function isSeatChangeAfter(record: RemoteAuditRecord, attempt: Attempt, subscriptionId: string): boolean {
  return (
    record.subscriptionId === subscriptionId &&
    record.operationStatus === "succeeded" &&
    record.oldQuantity !== undefined &&
    record.newQuantity !== undefined &&
    record.oldQuantity !== record.newQuantity &&
    record.operationDate >= new Date(attempt.readAt)
  );
}

/** A new order line or seat batch that matches our write and that no other record accounts for. */
function unexplained(
  attempt: Attempt,
  evidence: Evidence,
  others: readonly RemoteAuditRecord[],
): { by: "order" | "seatBatch"; reference: string } | undefined {
  const delta = attempt.to - attempt.from;
  const sameSize = others.filter((r) => (r.newQuantity ?? 0) - (r.oldQuantity ?? 0) === delta).length;
  const since = Date.parse(attempt.readAt) - ORDER_CLOCK_SLACK_MS;
  const orders = evidence.orderLines.filter(
    (line) =>
      line.subscriptionId === evidence.subscription.id &&
      line.quantity === Math.abs(delta) &&
      line.createdAt.getTime() >= since &&
      !attempt.seenOrderIds.includes(line.orderId),
  );
  const order = orders.at(-1);
  if (order && orders.length > sameSize) return { by: "order", reference: order.orderId };
  if (delta <= 0) return undefined;
  const batches = newBatches(attempt, evidence.subscription).filter((batch) => batch.quantity === delta);
  const batch = batches.at(-1);
  if (batch && batches.length > sameSize) return { by: "seatBatch", reference: batch.allowedUntil };
  return undefined;
}

function newBatches(attempt: Attempt, subscription: Subscription): { quantity: number; allowedUntil: string }[] {
  const seen = new Set(attempt.seenBatches.map((batch) => Date.parse(batch.allowedUntil)));
  return (subscription.refundable?.batches ?? [])
    .filter((batch) => !seen.has(batch.allowedUntil.getTime()))
    .map((batch) => ({ quantity: batch.quantity, allowedUntil: batch.allowedUntil.toISOString() }));
}
