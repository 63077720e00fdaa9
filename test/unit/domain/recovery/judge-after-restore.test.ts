import { attemptIds } from "../../../../shared/domain/changes/attempt-ids";
import type { Change } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import type { RemoteAuditRecord } from "../../../../shared/domain/changes/remote-history";
import {
  judgeAfterRestore,
  settledAt,
  type EvidenceAfterRestore,
} from "../../../../shared/domain/recovery/judge-after-restore";
import { aChange, anAttempt, aPurchasingChange } from "../../../build/change";
import { after, HOUR, MINUTE, OTHER_SUBSCRIPTION, SECOND, START, SUBSCRIPTION } from "../../../build/ids";
import { aSubscription } from "../../../build/subscription";

/** The backup was taken at `START`, with ten seats; the restore began two hours later. */
const RECOVERY = { takenAt: START.toISOString(), restoredAt: after(2 * HOUR).toISOString() };
const SETTLED = settledAt(RECOVERY, SETTINGS);
const EARLY = new Date(SETTLED.getTime() - SECOND);

/** Microsoft's record of an attempt of the change, an hour after the backup. */
function recordOf(change: Change, number: number, differing: Partial<RemoteAuditRecord> = {}): RemoteAuditRecord {
  return {
    ...{ id: `record-${number}`, correlationId: attemptIds(change, number).correlationId },
    ...{ operationType: "update_subscription", operationStatus: "succeeded", operationDate: after(HOUR) },
    ...{ subscriptionId: SUBSCRIPTION, oldQuantity: 10, newQuantity: 15, userName: undefined, ...differing },
  };
}
const byOthers = (from: number, to: number, at = HOUR): RemoteAuditRecord =>
  recordOf(aChange(), 1, {
    ...{ id: `others-${from}-${to}`, correlationId: "somebody-else", operationDate: after(at) },
    ...{ oldQuantity: from, newQuantity: to },
  });
const order = (at: number) => ({
  ...{
    orderId: "order",
    createdAt: after(at),
    transactionType: "addquantity",
    subscriptionId: SUBSCRIPTION,
    quantity: 5,
  },
});
const evidence = (quantity: number, differing: Partial<EvidenceAfterRestore> = {}): EvidenceAfterRestore => ({
  ...{ records: [], orderLines: [], subscription: aSubscription({ quantity }) },
  ...{ baseline: { quantity: 10, at: after(-HOUR) }, ...differing },
});
const judge = (change: Change, found: EvidenceAfterRestore | string, now = SETTLED) =>
  judgeAfterRestore(change, found, RECOVERY, now, SETTINGS);

const PENDING = aChange();
const SENDING = aPurchasingChange([anAttempt()]);

describe.each([
  ["that waited", PENDING],
  ["whose answer was still to come", SENDING],
  ["in review", { ...SENDING, state: "NeedsReview" as const }],
  ["that had failed and was retried later", aChange({ state: "PurchaseFailed" })],
])("a change %s when the backup was taken", (_name, change) => {
  test.each([1, 2, 7])("is found done by the record of attempt %i, at once", (number) => {
    const records = [byOthers(10, 10), recordOf(change, number)];
    expect(judge(change, evidence(15, { records }), EARLY)).toMatchObject({
      ...{ kind: "found", write: { number, record: { id: `record-${number}` } } },
    });
  });

  test("is not judged before all records can be there", () => {
    expect(judge(change, evidence(10), EARLY)).toEqual({ kind: "wait", until: SETTLED });
    expect(judge(change, "upstreamError", EARLY)).toEqual({ kind: "wait", until: SETTLED });
  });

  test("is as it was when nothing was recorded and nothing moved", () => {
    expect(judge(change, evidence(10))).toEqual({ kind: "asItIs" });
  });

  test("is for a person when the records cannot be read", () => {
    expect(judge(change, "the reseller is not authorised")).toMatchObject({ kind: "review" });
  });

  test("is not done by a record of its failure, of another change, or of another subscription", () => {
    const records = [
      recordOf(change, 1, { operationStatus: "failed" }),
      recordOf(aChange({ id: change.id, origin: "another" }), 1, { oldQuantity: 10, newQuantity: 10 }),
      recordOf(change, 2, { subscriptionId: OTHER_SUBSCRIPTION }),
    ];
    expect(judge(change, evidence(10, { records }))).toEqual({ kind: "asItIs" });
  });

  test("is for a person when Microsoft has not said whether it was done", () => {
    const records = [recordOf(change, 1, { operationStatus: "progress" })];
    expect(judge(change, evidence(10, { records }))).toMatchObject({ kind: "review" });
  });
});

test("the attempt that stood in the row counts by the ids it had there, of an earlier release too", () => {
  const records = [recordOf(SENDING, 9, { correlationId: "correlation-1" })];
  expect(judge(SENDING, evidence(15, { records }))).toMatchObject({ kind: "found", write: { number: 1 } });
});

test.each<[string, number, Partial<EvidenceAfterRestore>, "asItIs" | "review"]>([
  ["others' records lead there", 13, { records: [byOthers(10, 12), byOthers(12, 13, HOUR + MINUTE)] }, "asItIs"],
  ["no record tells why", 15, {}, "review"],
  ["others' records lead elsewhere", 15, { records: [byOthers(10, 12)] }, "review"],
  ["a step is missing between others' records", 15, { records: [byOthers(10, 12), byOthers(13, 15)] }, "review"],
  ["there is an order without a record", 10, { orderLines: [order(HOUR)] }, "review"],
  ["each order has its record", 15, { orderLines: [order(HOUR)], records: [byOthers(10, 15)] }, "asItIs"],
  ["the order is older than the backup", 10, { orderLines: [order(-HOUR)] }, "asItIs"],
  ["nothing was known, and nothing is recorded", 99, { baseline: undefined }, "asItIs"],
  ["nothing was known, and the records lead there", 12, { baseline: undefined, records: [byOthers(10, 12)] }, "asItIs"],
  ["nothing was known, and they lead elsewhere", 15, { baseline: undefined, records: [byOthers(10, 12)] }, "review"],
  [
    "a record of the very moment is older than what was known",
    10,
    { baseline: { quantity: 10, at: after(0) }, records: [byOthers(8, 10, MINUTE)] },
    "asItIs",
  ],
  [
    "the clocks differ, and it is newer",
    12,
    { baseline: { quantity: 10, at: after(0) }, records: [byOthers(10, 12, -MINUTE)] },
    "asItIs",
  ],
])("where %s, a change without a record is judged accordingly", (_name, quantity, differing, kind) => {
  expect(judge(PENDING, evidence(quantity, differing)).kind).toBe(kind);
});

test("what has ended is not judged again, nor is one whose seats were bought", () => {
  for (const state of ["Completed", "Cancelled", "Rejected"] as const) {
    expect(judge(aChange({ state }), "upstreamError")).toEqual({ kind: "asItIs" });
  }
  const written = aPurchasingChange([anAttempt({ state: "applied" })]);
  expect(judge(written, "upstreamError")).toEqual({ kind: "asItIs" });
});

test("everything that was sent before the restore is recorded by the time that a missing record proves anything", () => {
  const { sendWindowMs, callTimeoutMs, fenceMarginMs, settleDelayMs } = SETTINGS;
  const delay = SETTLED.getTime() - Date.parse(RECOVERY.restoredAt);
  expect(delay).toBe(sendWindowMs + callTimeoutMs + fenceMarginMs + settleDelayMs);
});
