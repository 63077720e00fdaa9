import type { Attempt } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import type { RemoteAuditRecord, RemoteOrderLine } from "../../../../shared/domain/changes/remote-history";
import { weighEvidence, type Verdict } from "../../../../shared/domain/changes/weigh-evidence";
import { anAttempt } from "../../../build/change";
import { after, HOUR, MINUTE, SECOND } from "../../../build/ids";
import { anOrderLine, aRecord, aSubscription } from "../../../build/subscription";

const SETTLED = after(120 * SECOND + 15 * MINUTE);
const DAY = 24 * HOUR;
/** Two batches, of which we wanted to give four seats back, and heard nothing. */
const SEEN = [
  { quantity: 3, allowedUntil: after(DAY).toISOString() },
  { quantity: 5, allowedUntil: after(2 * DAY).toISOString() },
];
const batches = (first: number, second: number, ...more: { quantity: number; allowedUntil: Date }[]) => [
  { quantity: first, allowedUntil: after(DAY) },
  { quantity: second, allowedUntil: after(2 * DAY) },
  ...more,
];

interface Seen {
  quantity: number;
  batches: { quantity: number; allowedUntil: Date }[];
  records?: RemoteAuditRecord[];
  orders?: RemoteOrderLine[];
  attempt?: Partial<Attempt>;
  askedAt?: Date;
}
function judge({ quantity, batches: left, records = [], orders = [], attempt, askedAt = SETTLED }: Seen): Verdict {
  const refundable = { total: left.reduce((sum, one) => sum + one.quantity, 0), batches: left };
  const evidence = { records, orderLines: orders, subscription: aSubscription({ quantity, refundable }), askedAt };
  return weighEvidence(anAttempt({ from: 10, to: 6, seenBatches: SEEN, ...attempt }), evidence, SETTINGS);
}
const giveBack = (differing: Partial<RemoteOrderLine> = {}): RemoteOrderLine =>
  anOrderLine({ transactionType: "removequantity", quantity: 4, ...differing });

test("unchanged seats and batches: nothing was given back", () => {
  expect(judge({ quantity: 10, batches: batches(3, 5) })).toEqual({ kind: "notApplied" });
});

test("an order of this many seats fewer, which no record explains, is ours", () => {
  const verdict = judge({ quantity: 6, batches: batches(3, 1), orders: [giveBack()] });
  expect(verdict).toMatchObject({ kind: "applied", by: "order", reference: "order-1" });
});

test("an order of as many seats more is somebody else's, and none of ours", () => {
  const orders = [anOrderLine({ quantity: 4 })];
  const records = [aRecord({ oldQuantity: 10, newQuantity: 14 })];
  expect(judge({ quantity: 14, batches: batches(3, 5), orders, records })).toEqual({ kind: "notApplied" });
});

test("an order that another record explains is not ours", () => {
  const records = [aRecord({ oldQuantity: 10, newQuantity: 6 })];
  const seen = { quantity: 6, batches: batches(3, 1), orders: [giveBack()], records };
  expect(judge(seen)).toEqual({ kind: "notApplied" });
});

test("without order or record, the seats missing from the batches prove it, also after somebody bought them again", () => {
  expect(judge({ quantity: 6, batches: batches(0, 4) })).toMatchObject({ kind: "applied", by: "seatBatch" });
  const again = { quantity: 4, allowedUntil: after(8 * DAY) };
  const records = [aRecord({ oldQuantity: 6, newQuantity: 10 })];
  expect(judge({ quantity: 10, batches: batches(3, 1, again), records })).toMatchObject({ by: "seatBatch" });
});

test("missing seats count as ours only less what others gave back, and only if it is as many", () => {
  const theirs = aRecord({ oldQuantity: 10, newQuantity: 8 });
  expect(judge({ quantity: 4, batches: batches(0, 2), records: [theirs] })).toMatchObject({ kind: "applied" });
  expect(judge({ quantity: 8, batches: batches(3, 3), records: [theirs] })).toEqual({ kind: "notApplied" });
  expect(judge({ quantity: 7, batches: batches(3, 2) }).kind).toBe("lookAgain");
});

test("a record that tells no seats leaves the batches without a word", () => {
  const vague = aRecord({ oldQuantity: undefined, newQuantity: undefined });
  expect(judge({ quantity: 6, batches: batches(3, 1), records: [vague] }).kind).toBe("lookAgain");
});

test("a batch whose window closed meanwhile is gone, not given back", () => {
  const seenBatches = [{ quantity: 4, allowedUntil: after(10 * MINUTE).toISOString() }];
  expect(judge({ quantity: 10, batches: [], attempt: { seenBatches } })).toEqual({ kind: "notApplied" });
});

test("batches that were not told before the write prove nothing", () => {
  const attempt = anAttempt({ from: 10, to: 6 });
  const { seenBatches: _none, ...blind } = attempt;
  const refundable = { total: 4, batches: batches(3, 1) };
  const evidence = {
    records: [],
    orderLines: [],
    subscription: aSubscription({ quantity: 6, refundable }),
    askedAt: SETTLED,
  };
  expect(weighEvidence(blind, evidence, SETTINGS).kind).toBe("lookAgain");
});
