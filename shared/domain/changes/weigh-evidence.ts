import type { Attempt, Found } from "./change";
import type { LedgerSettings } from "./ledger-settings";
import { fenceEnd } from "./ledger-settings";
import type { RemoteAuditRecord, RemoteOrderLine } from "./remote-history";
import type { RefundableBatch, Subscription } from "../subscriptions/subscription";

/** What was read at Microsoft to prove what became of a write, all of it after its fence. */
export interface Evidence {
  records: readonly RemoteAuditRecord[];
  orderLines: readonly RemoteOrderLine[];
  subscription: Subscription;
  /** Before the first of these reads was begun: what was not recorded by then may be missing. */
  askedAt: Date;
}

export type Verdict =
  | {
      kind: "applied";
      by: "auditRecord" | "order" | "seatBatch" | "readBack" | "operator";
      reference: string;
      /** The seats our write found, where they are not those it was based on. */
      found?: Found;
    }
  | { kind: "notApplied" }
  | { kind: "lookAgain"; at: Date }
  | { kind: "review"; because: string };

/** Orders written at the very moment of the read may carry a slightly earlier time than ours. */
const ORDER_CLOCK_SLACK_MS = 5_000;
/** Seats can be given back for so long after they were added (fact sheet §7.2): tells when a batch was made. */
const REFUND_WINDOW_MS = 168 * 3_600_000;
/** The time of a read comes from a `Date` header, which tells whole seconds. */
const READ_TIME_STEP_MS = 1_000;
/** With these, Microsoft's record of a write says that it had no effect (fact sheet §8.1). */
export const WITHOUT_EFFECT = ["failed", "decline"];

/**
 * Judges an open write by what Microsoft recorded (change ledger §5). Quantity alone proves nothing, in either
 * direction: we may have bought and an outsider given back, or an outsider bought and we did not.
 */
export function weighEvidence(attempt: Attempt, evidence: Evidence, settings: LedgerSettings): Verdict {
  const { askedAt, subscription } = evidence;
  const ours = findOurs(attempt, evidence);
  const done = ours.find((r) => r.operationStatus === "succeeded");
  if (done) return appliedBy(done, attempt, evidence);
  const settledAt = new Date(fenceEnd(attempt.sendBy, settings).getTime() + settings.settleDelayMs);
  if (askedAt < settledAt) return { kind: "lookAgain", at: nextLook(attempt, askedAt, settledAt, settings) };

  const others = evidence.records.filter((r) => !ours.includes(r) && mayHaveChangedSeats(r, subscription.id));
  const recordedAt = new Date(lastTouched(attempt, evidence, others) + settings.recordDelayMs);
  if (askedAt < recordedAt) return waitForRecords(attempt, askedAt, recordedAt, settings);
  const left = unexplained(attempt, evidence, others);
  if (left) return { kind: "applied", ...left };
  const isUndecided = ours.some((r) => !WITHOUT_EFFECT.includes(r.operationStatus));
  const explained = seatsAfter(attempt.from, sinceRead(attempt, others));
  if (!isUndecided && subscription.quantity === explained) return { kind: "notApplied" };
  // What an outsider did just before we looked has no record yet: one more settle delay, then nobody will explain it.
  const patience = new Date(settledAt.getTime() + settings.settleDelayMs);
  if (askedAt < patience) return { kind: "lookAgain", at: nextLook(attempt, askedAt, patience, settings) };
  const finding = isUndecided ? "a record of our write that is neither done nor failed" : "no record of our write";
  const told = explained === undefined ? "others' records do not join" : `${explained} are explained`;
  return { kind: "review", because: `${subscription.quantity} seats, ${told}, and ${finding}` };
}

/**
 * Somebody changed these seats so lately that the record of it may be missing still: taken for ours, their order would
 * prove a purchase that never was. Who is touched without end is a matter for a person.
 */
function waitForRecords(attempt: Attempt, askedAt: Date, recordedAt: Date, settings: LedgerSettings): Verdict {
  const limit = new Date(Date.parse(attempt.sendBy) + settings.proofLimitMs);
  if (askedAt < limit) return { kind: "lookAgain", at: nextLook(attempt, askedAt, recordedAt, settings) };
  const because = "others changed the seats again and again, and no record of our write";
  return { kind: "review", because };
}

/** Pauses between looks grow with their number: 1, 2, 4 … 32 times the back-off base; never past `latest`. */
export function nextLook(attempt: Attempt, now: Date, latest: Date | undefined, settings: LedgerSettings): Date {
  const pause = settings.backoffBaseMs * 2 ** Math.min(attempt.looks, 5);
  const next = new Date(now.getTime() + pause);
  return latest && latest < next ? latest : next;
}

/** Records about one customer, and the subscription in question. */
interface Recorded {
  records: readonly RemoteAuditRecord[];
  subscription: Pick<Subscription, "id">;
}

/** Microsoft's records of this very write. */
export function findOurs(attempt: Attempt, { records, subscription }: Recorded): RemoteAuditRecord[] {
  return records.filter(
    ({ subscriptionId, correlationId }) =>
      (subscriptionId === undefined || subscriptionId === subscription.id) &&
      correlationId !== undefined &&
      attempt.correlationIds.includes(correlationId),
  );
}

/** Our record also tells the old seats: differ they from what we had read, somebody changed them in between. */
export function appliedBy(ours: RemoteAuditRecord, attempt: Attempt, { records, subscription }: Recorded): Verdict {
  const applied = { kind: "applied", by: "auditRecord", reference: ours.id } as const;
  const quantity = ours.oldQuantity;
  if (quantity === undefined || quantity === attempt.from) return applied;
  const theirs = records.findLast(
    (r) =>
      mayHaveChangedSeats(r, subscription.id) &&
      r.id !== ours.id &&
      r.newQuantity === quantity &&
      r.operationDate <= ours.operationDate,
  );
  const who = theirs && { recordId: theirs.id, ...(theirs.userName ? { userName: theirs.userName } : {}) };
  return { ...applied, found: { quantity, ...who } };
}

/** A record that tells no seats may be about them: it explains an order, never a number. */
export function mayHaveChangedSeats(record: RemoteAuditRecord, subscriptionId: string): boolean {
  const isSame = record.oldQuantity !== undefined && record.oldQuantity === record.newQuantity;
  return record.subscriptionId === subscriptionId && record.operationStatus === "succeeded" && !isSame;
}

function deltaOf(record: RemoteAuditRecord): number | undefined {
  const { oldQuantity: before, newQuantity: behind } = record;
  return before === undefined || behind === undefined ? undefined : behind - before;
}

/**
 * The seats that others' records lead to from those we read. Each starts where another ended: a gap is a change that
 * no record tells, and it may be ours. Undefined then.
 */
export function seatsAfter(from: number, records: readonly RemoteAuditRecord[]): number | undefined {
  const left = records.filter((record) => deltaOf(record) !== undefined);
  let seats: number | undefined = from;
  while (left.length > 0) {
    // The oldest that fits: records of the same second may stand in any order.
    const next = left.findIndex(({ oldQuantity }) => oldQuantity === seats);
    if (next < 0) return undefined;
    seats = left.splice(next, 1)[0]?.newQuantity;
  }
  return seats;
}

/**
 * What others did after our read. A record of the second in which we read that ends with the number we read is older
 * than the read, and so is everything before it.
 */
function sinceRead(attempt: Attempt, others: readonly RemoteAuditRecord[]): RemoteAuditRecord[] {
  const readAt = Date.parse(attempt.readAt);
  const candidates = others
    .filter((r) => r.operationDate.getTime() >= readAt)
    .sort((a, b) => a.operationDate.getTime() - b.operationDate.getTime());
  const lastInRead = candidates.findLastIndex(
    (r) => r.operationDate.getTime() < readAt + READ_TIME_STEP_MS && r.newQuantity === attempt.from,
  );
  return candidates.slice(lastInRead + 1);
}

/**
 * A new order line or seat batch that matches our write, when there are more of its direction than others' records
 * account for.
 */
function unexplained(
  attempt: Attempt,
  evidence: Evidence,
  others: readonly RemoteAuditRecord[],
): { by: "order" | "seatBatch"; reference: string } | undefined {
  const delta = attempt.to - attempt.from;
  const accountFor = (records: readonly RemoteAuditRecord[]): number =>
    records.filter((r) => (deltaOf(r) ?? delta) * delta > 0).length;
  const since = Date.parse(attempt.readAt) - ORDER_CLOCK_SLACK_MS;
  const orders = newOrders(attempt, evidence, since, delta > 0 ? "addquantity" : "removequantity");
  const order = orders.findLast((line) => line.quantity === Math.abs(delta));
  const recorded = others.filter((r) => r.operationDate.getTime() >= since);
  if (order && orders.length > accountFor(recorded)) return { by: "order", reference: order.orderId };
  if (delta < 0) return missingSeats(attempt, evidence, sinceRead(attempt, others));
  const batches = newBatches(attempt, evidence.subscription);
  const batch = batches.findLast(({ quantity }) => quantity === delta);
  if (batch && batches.length > accountFor(sinceRead(attempt, others))) {
    return { by: "seatBatch", reference: batch.allowedUntil.toISOString() };
  }
  return undefined;
}

function newOrders(
  attempt: Attempt,
  { orderLines, subscription }: Evidence,
  since: number,
  transactionType: string,
): RemoteOrderLine[] {
  return orderLines.filter(
    (line) =>
      line.subscriptionId === subscription.id &&
      line.transactionType === transactionType &&
      line.createdAt.getTime() >= since &&
      !attempt.seenOrderIds.includes(line.orderId),
  );
}

/**
 * When seats were last changed after our read, as far as orders, batches and records tell (epoch milliseconds): by us or
 * by somebody else, that is the question. The time of our read when nothing shows.
 */
function lastTouched(attempt: Attempt, evidence: Evidence, others: readonly RemoteAuditRecord[]): number {
  const readAt = Date.parse(attempt.readAt);
  const moments = [
    ...["addquantity", "removequantity"].flatMap((type) => newOrders(attempt, evidence, readAt, type)),
    ...sinceRead(attempt, others).map(({ operationDate }) => ({ createdAt: operationDate })),
    ...newBatches(attempt, evidence.subscription).map(({ allowedUntil }) => ({
      createdAt: new Date(allowedUntil.getTime() - REFUND_WINDOW_MS),
    })),
  ].map(({ createdAt }) => createdAt.getTime());
  return Math.max(0, ...moments.filter((moment) => moment <= evidence.askedAt.getTime() + ORDER_CLOCK_SLACK_MS));
}

/** None when the read before the write told no batches: then old ones would look new. */
function newBatches({ seenBatches }: Attempt, { refundable }: Subscription): RefundableBatch[] {
  if (!seenBatches || !refundable) return [];
  const seen = new Set(seenBatches.map((batch) => Date.parse(batch.allowedUntil)));
  return refundable.batches.filter((batch) => !seen.has(batch.allowedUntil.getTime()));
}

/**
 * Seats given back are missing from the batches that were there, and stay missing whatever is added later. Ours, when
 * others' records account for all the rest; a batch whose window closed since is missing as a whole, and says nothing.
 */
function missingSeats(
  { from, to, seenBatches = [] }: Attempt,
  { subscription: { refundable }, askedAt }: Evidence,
  others: readonly RemoteAuditRecord[],
): { by: "seatBatch"; reference: string } | undefined {
  const deltas = others.map(deltaOf);
  if (!refundable || deltas.includes(undefined)) return undefined;
  const left = new Map(refundable.batches.map(({ allowedUntil, quantity }) => [allowedUntil.getTime(), quantity]));
  const smaller = seenBatches.flatMap(({ allowedUntil, quantity }) => {
    const until = Date.parse(allowedUntil);
    const missing = until > askedAt.getTime() + ORDER_CLOCK_SLACK_MS ? quantity - (left.get(until) ?? 0) : 0;
    return missing > 0 ? [{ allowedUntil, missing }] : [];
  });
  const missing = smaller.reduce((total, batch) => total + batch.missing, 0);
  const theirs = deltas.reduce<number>((total, delta) => total - Math.min(0, delta ?? 0), 0);
  const [first] = smaller;
  return first && missing - theirs === from - to ? { by: "seatBatch", reference: first.allowedUntil } : undefined;
}
