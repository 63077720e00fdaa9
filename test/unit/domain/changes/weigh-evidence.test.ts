import type { Attempt } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import type { RemoteAuditRecord, RemoteOrderLine } from "../../../../shared/domain/changes/remote-history";
import { weighEvidence, type Verdict } from "../../../../shared/domain/changes/weigh-evidence";
import { anAttempt } from "../../../build/change";
import { after, HOUR, MINUTE, OTHER_SUBSCRIPTION, SECOND } from "../../../build/ids";
import { anOrderLine, aRecord, aSubscription } from "../../../build/subscription";

/** 30 s to send, 60 s for the call, 30 s margin, then fifteen minutes for Microsoft's records to show everything. */
const SETTLED = after(120 * SECOND + 15 * MINUTE);
/** As long again, for the records of what an outsider did a moment before we looked. */
const PATIENCE = after(15 * MINUTE, SETTLED);
const WEEK = 7 * 24 * HOUR;

interface Seen {
  attempt?: Partial<Attempt>;
  quantity?: number;
  records?: RemoteAuditRecord[];
  orders?: RemoteOrderLine[];
  batches?: { quantity: number; allowedUntil: Date }[];
  askedAt?: Date;
}

/** We wanted 10 → 15 and heard nothing; judged on what Microsoft shows once everything has settled. */
function judge({ attempt, quantity = 10, records = [], orders = [], batches = [], askedAt = SETTLED }: Seen): Verdict {
  const total = batches.reduce((sum, batch) => sum + batch.quantity, 0);
  const subscription = aSubscription({ quantity, refundable: { total, batches } });
  return weighEvidence(anAttempt(attempt), { records, orderLines: orders, subscription, askedAt }, SETTINGS);
}
const ours = (differing: Partial<RemoteAuditRecord> = {}): RemoteAuditRecord =>
  aRecord({ id: "ours", correlationId: "correlation-1", ...differing });
const newBatch = { quantity: 5, allowedUntil: after(WEEK + MINUTE) };

describe("a record with our correlation id", () => {
  test("proves the write, also before everything has settled", () => {
    const verdict = { kind: "applied", by: "auditRecord", reference: "ours" };
    expect(judge({ quantity: 15, records: [ours()], askedAt: after(2 * MINUTE) })).toEqual(verdict);
    expect(judge({ quantity: 15, records: [aRecord(), ours()] })).toEqual(verdict);
  });

  test("proves it even when an outsider has given the seats back since", () => {
    const back = aRecord({ oldQuantity: 15, newQuantity: 10, operationDate: after(2 * MINUTE) });
    expect(judge({ quantity: 10, records: [ours(), back] }).kind).toBe("applied");
  });

  test("tells the seats that were really there before", () => {
    expect(judge({ quantity: 15, records: [ours({ oldQuantity: 12 })] })).toMatchObject({ found: { quantity: 12 } });
  });

  test("without the old number of seats it still proves the write", () => {
    expect(judge({ quantity: 15, records: [ours({ oldQuantity: undefined })] })).toEqual({
      kind: "applied",
      by: "auditRecord",
      reference: "ours",
    });
  });

  test.each(["failed", "decline"])("and status %s says that it did not happen", (operationStatus) => {
    expect(judge({ records: [ours({ operationStatus })] })).toEqual({ kind: "notApplied" });
  });

  test("and status progress is no proof in either direction", () => {
    const records = [ours({ operationStatus: "progress" })];
    expect(judge({ records }).kind).toBe("lookAgain");
    expect(judge({ records, askedAt: PATIENCE }).kind).toBe("review");
  });

  test("counts as done when one of several says so", () => {
    const records = [ours({ id: "begun", operationStatus: "progress" }), ours()];
    expect(judge({ records, quantity: 15 })).toMatchObject({ kind: "applied", reference: "ours" });
  });

  test("of another subscription proves nothing", () => {
    expect(judge({ records: [ours({ subscriptionId: OTHER_SUBSCRIPTION })] })).toEqual({ kind: "notApplied" });
  });
});

describe("before everything has settled", () => {
  const askedAt = after(120 * SECOND);

  test.each([10, 15])("silence proves nothing, whatever the number of seats (%i)", (quantity) => {
    expect(judge({ quantity, askedAt })).toEqual({ kind: "lookAgain", at: after(MINUTE, askedAt) });
  });

  test("a matching order proves nothing yet: its record may still be on its way", () => {
    expect(judge({ quantity: 15, orders: [anOrderLine()], askedAt }).kind).toBe("lookAgain");
  });

  test("pauses grow, and the last one ends when everything has settled", () => {
    const looksAt = (looks: number, at: Date): Verdict => judge({ attempt: { looks }, askedAt: at });
    expect(looksAt(1, askedAt)).toEqual({ kind: "lookAgain", at: after(2 * MINUTE, askedAt) });
    expect(looksAt(2, askedAt)).toEqual({ kind: "lookAgain", at: after(4 * MINUTE, askedAt) });
    expect(looksAt(9, askedAt)).toEqual({ kind: "lookAgain", at: SETTLED });
    expect(looksAt(0, after(-SECOND, SETTLED))).toEqual({ kind: "lookAgain", at: SETTLED });
  });
});

describe("once everything has settled", () => {
  test("no record of ours and unchanged seats: it did not happen", () => {
    expect(judge({})).toEqual({ kind: "notApplied" });
  });

  test("an outsider bought the same amount: that is not our purchase", () => {
    expect(judge({ quantity: 15, records: [aRecord()], orders: [anOrderLine()], batches: [newBatch] })).toEqual({
      kind: "notApplied",
    });
  });

  test("we bought, our record is missing, and an outsider gave as much back: the order tells", () => {
    const back = aRecord({ oldQuantity: 15, newQuantity: 10, operationDate: after(2 * MINUTE) });
    const orders = [anOrderLine(), anOrderLine({ orderId: "order-2", transactionType: "removequantity" })];
    expect(judge({ quantity: 10, records: [back], orders })).toEqual({
      kind: "applied",
      by: "order",
      reference: "order-1",
    });
  });

  test("an outsider bought and gave back as much: neither order is ours", () => {
    const records = [aRecord(), aRecord({ id: "record-2", oldQuantity: 15, newQuantity: 10 })];
    const orders = [anOrderLine(), anOrderLine({ orderId: "order-2", transactionType: "removequantity" })];
    expect(judge({ quantity: 10, records, orders })).toEqual({ kind: "notApplied" });
  });

  test("an order without any audit record is ours", () => {
    expect(judge({ quantity: 15, orders: [anOrderLine()] })).toMatchObject({ kind: "applied", by: "order" });
  });

  test("of two orders, one is explained by the outsider's record and one is ours", () => {
    const orders = [anOrderLine(), anOrderLine({ orderId: "order-2" })];
    expect(judge({ quantity: 20, records: [aRecord()], orders })).toMatchObject({ kind: "applied", by: "order" });
  });

  test("an outsider's order is explained by a record that does not tell the seats", () => {
    const vague = aRecord({ oldQuantity: undefined, newQuantity: undefined });
    expect(judge({ quantity: 15, records: [vague], orders: [anOrderLine()] }).kind).toBe("lookAgain");
    expect(judge({ quantity: 15, records: [vague], orders: [anOrderLine()], askedAt: PATIENCE }).kind).toBe("review");
  });

  test.each<[string, Partial<RemoteOrderLine>]>([
    ["seen before the write", { orderId: "seen" }],
    ["made before the read", { createdAt: after(-MINUTE) }],
    ["of another size", { quantity: 4 }],
    ["of seats given back", { transactionType: "removequantity" }],
    ["of a renewal", { transactionType: "renew" }],
    ["of another subscription", { subscriptionId: OTHER_SUBSCRIPTION }],
    ["of no subscription yet", { subscriptionId: undefined }],
  ])("an order %s proves nothing", (_name, differing) => {
    const attempt = { seenOrderIds: ["seen"] };
    expect(judge({ attempt, orders: [anOrderLine(differing)] })).toEqual({ kind: "notApplied" });
  });

  test("an outsider's order made just before the read, too new to be listed then, is not ours", () => {
    const before = after(-2 * SECOND);
    const record = aRecord({ oldQuantity: 5, newQuantity: 10, operationDate: before });
    expect(judge({ records: [record], orders: [anOrderLine({ createdAt: before })] })).toEqual({ kind: "notApplied" });
  });

  test("a new seat batch of our size that nobody else explains is ours", () => {
    expect(judge({ quantity: 15, batches: [newBatch] })).toEqual({
      kind: "applied",
      by: "seatBatch",
      reference: newBatch.allowedUntil.toISOString(),
    });
  });

  test("a batch that was there before is not ours, nor one of another size", () => {
    const attempt = { seenBatches: [{ quantity: 5, allowedUntil: newBatch.allowedUntil.toISOString() }] };
    expect(judge({ attempt, batches: [newBatch] })).toEqual({ kind: "notApplied" });
    expect(judge({ batches: [{ ...newBatch, quantity: 4 }] })).toEqual({ kind: "notApplied" });
  });

  test("when the read before the write told no batches, none can be called new", () => {
    const { seenBatches: _unknown, ...attempt } = anAttempt();
    const subscription = aSubscription({ refundable: { total: 5, batches: [newBatch] } });
    const evidence = { records: [], orderLines: [], subscription, askedAt: SETTLED };
    expect(weighEvidence(attempt, evidence, SETTINGS)).toEqual({ kind: "notApplied" });
  });

  test("seats that only outsiders' records explain leave ours out", () => {
    const records = [aRecord({ newQuantity: 13 }), aRecord({ id: "2", oldQuantity: 13, newQuantity: 7 })];
    expect(judge({ quantity: 7, records })).toEqual({ kind: "notApplied" });
  });

  test("outsiders' records that do not start from what we read leave a gap, and our write may be in it", () => {
    const back = aRecord({ oldQuantity: 15, newQuantity: 10 });
    const further = aRecord({ oldQuantity: 15, newQuantity: 20 });
    // Read just before the outsider wrote, while the records were read just after.
    expect(judge({ quantity: 15, records: [further] }).kind).toBe("lookAgain");
    expect(judge({ quantity: 10, records: [back] }).kind).toBe("lookAgain");
    const verdict = judge({ quantity: 10, records: [back], askedAt: PATIENCE });
    expect(verdict.kind === "review" && verdict.because).toContain("do not join");
  });

  test("outsiders' records of one second join in whatever order they are listed", () => {
    const records = [
      aRecord({ id: "2", oldQuantity: 13, newQuantity: 7 }),
      aRecord({ id: "1", oldQuantity: 10, newQuantity: 13 }),
    ];
    expect(judge({ quantity: 7, records })).toEqual({ kind: "notApplied" });
  });

  test.each<[string, Partial<RemoteAuditRecord>]>([
    ["failed", { operationStatus: "failed" }],
    ["was about another subscription", { subscriptionId: OTHER_SUBSCRIPTION }],
    ["is older than the read", { operationDate: after(-MINUTE) }],
    ["did not change the seats", { oldQuantity: 15 }],
  ])("an outsider's record that %s explains no seats", (_name, differing) => {
    expect(judge({ quantity: 15, records: [aRecord(differing)] }).kind).toBe("lookAgain");
  });

  test("a record of the second in which we read, already in the number we read, is not counted again", () => {
    // The read's time is told in whole seconds: this record is older than the read, though it looks newer.
    const own = aRecord({ oldQuantity: 5, newQuantity: 10, operationDate: after(400) });
    expect(judge({ quantity: 10, records: [own] })).toEqual({ kind: "notApplied" });
  });

  test("a record of that second which starts from what we read does count", () => {
    const later = aRecord({ oldQuantity: 10, newQuantity: 12, operationDate: after(600) });
    expect(judge({ quantity: 12, records: [later] })).toEqual({ kind: "notApplied" });
  });

  test.each([14, 15, 9])("%i seats that nobody explains are looked at again, then a person decides", (quantity) => {
    expect(judge({ quantity })).toEqual({ kind: "lookAgain", at: after(MINUTE, SETTLED) });
    expect(judge({ quantity, attempt: { looks: 4 } })).toEqual({ kind: "lookAgain", at: PATIENCE });
    const verdict = judge({ quantity, attempt: { looks: 5 }, askedAt: PATIENCE });
    expect(verdict.kind).toBe("review");
    expect(verdict.kind === "review" && verdict.because).toContain(`${quantity} seats`);
  });

  test("an outsider's record that became visible late settles it after all", () => {
    expect(
      judge({ quantity: 12, attempt: { looks: 5 }, askedAt: PATIENCE, records: [aRecord({ newQuantity: 12 })] }),
    ).toEqual({ kind: "notApplied" });
  });
});
