import { attemptIds } from "../../../../shared/domain/changes/attempt-ids";
import { openAttempt, type Attempt, type Change } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import { unchanged } from "../../../../shared/domain/changes/end-change";
import { withIntent } from "../../../../shared/domain/changes/open-intent";
import type { Seen } from "../../../../shared/domain/changes/plan-write";
import { cancelled, claimed, freedLane, parked, postponed } from "../../../../shared/domain/changes/transitions";
import type { Subscription } from "../../../../shared/domain/subscriptions/subscription";
import { aChange, anAttempt, aPurchasingChange } from "../../../build/change";
import { after, changeId, MINUTE, SECOND, START } from "../../../build/ids";
import { ON_SALE } from "../../../build/schedule";
import { aSubscription } from "../../../build/subscription";

const NOW = after(MINUTE);
const FIRST = attemptIds(aChange(), 1);
const seen = (differing: Partial<Subscription> = {}): Seen => ({
  read: { subscription: aSubscription({ refundable: undefined, ...differing }), raw: {}, readAt: NOW },
  ...{ orderIds: ["order-1"], offers: ON_SALE, seenAt: NOW },
});
/** The intent of so many seats, on a subscription of ten. */
const intend = (change: Change, to = 15, differing: Partial<Subscription> = {}): Change =>
  withIntent(change, { from: 10, to }, seen(differing), NOW, SETTINGS);

/** The request id of a second try of 15 seats, after a first one that ended like this. */
function secondRequestId(first: Partial<Attempt>, to = 15): string | undefined {
  const settled = anAttempt({ state: "notApplied", requestId: "first", ...first });
  return openAttempt(intend(aPurchasingChange([settled]), to))?.requestId;
}
const answered = (kind: "unknown" | "later" | "notSent", status?: number): Partial<Attempt> => ({
  answer: { at: START.toISOString(), kind, ...(status === undefined ? {} : { status }) },
});

test("an intent tells everything a proof will need, before anything is sent", () => {
  const change = intend(aPurchasingChange([]), 15, { etag: "v1" });
  expect(openAttempt(change)).toEqual({
    number: 1,
    from: 10,
    to: 15,
    requestId: FIRST.requestId,
    correlationIds: [FIRST.correlationId],
    resellerId: change.resellerId,
    readAt: NOW.toISOString(),
    seenOrderIds: ["order-1"],
    etag: "v1",
    openedAt: NOW.toISOString(),
    sendBy: after(30 * SECOND, NOW).toISOString(),
    state: "open",
    looks: 0,
  });
});

test("a second try is numbered, and the first one stays in the row", () => {
  const change = intend(aPurchasingChange([anAttempt({ state: "notApplied" })]));
  expect(change.steps[0]?.attempts.map(({ number }) => number)).toEqual([1, 2]);
});

test.each<[string, Partial<Attempt>]>([
  ["no answer was saved", {}],
  ["the connection was lost", answered("unknown")],
  ["408", answered("unknown", 408)],
  ["500", answered("unknown", 500)],
  ["504", answered("unknown", 504)],
])("the same request id again: %s", (_name, first) => {
  expect(secondRequestId(first)).toBe("first");
});

test.each<[string, Partial<Attempt>]>([
  ["202", answered("unknown", 202)],
  ["200 without the seats", answered("unknown", 200)],
  ["a page of a gateway", answered("unknown", 404)],
  ["busy", answered("later", 409)],
  ["throttled", answered("later", 429)],
  ["never sent", answered("notSent")],
])("a new request id, because Microsoft answered or never heard: %s", (_name, first) => {
  expect(secondRequestId(first)).toBe(attemptIds(aChange(), 2).requestId);
});

test("another number of seats is another request, whatever became of the first", () => {
  expect(secondRequestId({}, 16)).toBe(attemptIds(aChange(), 2).requestId);
});

test("a claim is counted, and ends the waiting", () => {
  const change = claimed(aChange({ claims: 2, dueAt: START.toISOString(), parkedReason: "throttled" }));
  expect(change).toMatchObject({ state: "Purchasing", claims: 3 });
  expect(change).not.toHaveProperty("dueAt");
  expect(change).not.toHaveProperty("parkedReason");
});

test("a parked change says why it waits and comes back", () => {
  const { change, wakeAt, lane } = parked(aChange(), "writesOff", NOW, 10 * MINUTE);
  expect(change).toMatchObject({ state: "PendingPurchase", parkedReason: "writesOff", dueAt: wakeAt?.toISOString() });
  expect(wakeAt).toEqual(after(11 * MINUTE));
  expect(lane).toEqual({ free: true });
});

test("a postponed change is not parked any more", () => {
  const { change } = postponed(aChange({ parkedReason: "throttled" }), "staleRead", NOW, MINUTE);
  expect(change).not.toHaveProperty("parkedReason");
  expect(change.dueAt).toBe(after(2 * MINUTE).toISOString());
});

test("a change that found its seats there already is completed without a write", () => {
  const { change, lane } = unchanged(aPurchasingChange([]), 15, NOW);
  expect(change).toMatchObject({ state: "Completed", outcome: { code: "unchanged", quantityAfter: 15 } });
  expect(lane).toEqual({ free: true, verifiedQuantity: 15 });
});

test("a lane that is freed keeps what was verified before, unless there is something newer", () => {
  const lane = { changeId: changeId(1), verifiedQuantity: 10, verifiedAt: START.toISOString() };
  expect(freedLane(lane, undefined, NOW)).toEqual({ verifiedQuantity: 10, verifiedAt: START.toISOString() });
  expect(freedLane(lane, 15, NOW)).toEqual({ verifiedQuantity: 15, verifiedAt: NOW.toISOString() });
});

const CONNECTION_REMOVED = { code: "connectionRemoved", message: "The tenant was disconnected." };

test.each(["PendingApproval", "PendingPurchase", "Scheduled", "PurchaseFailed"] as const)(
  "a change that is %s can be cancelled, and keeps why",
  (state) => {
    const waiting = aChange({ state, dueAt: START.toISOString(), parkedReason: "writesOff" });
    const { change, audit, wakeAt } = cancelled(waiting, CONNECTION_REMOVED, NOW);
    expect(change).toMatchObject({ state: "Cancelled", outcome: { ...CONNECTION_REMOVED, at: NOW.toISOString() } });
    expect(change).not.toHaveProperty("dueAt");
    expect(change).not.toHaveProperty("parkedReason");
    expect(audit).toEqual({ action: "change.cancel", result: "success", reason: "connectionRemoved" });
    expect(wakeAt).toBeUndefined();
  },
);

test.each(["Purchasing", "NeedsReview", "Completed", "Rejected", "Cancelled"] as const)(
  "a change that is %s cannot be cancelled",
  (state) => {
    expect(() => cancelled(aChange({ state }), CONNECTION_REMOVED, NOW)).toThrow(`is ${state} and cannot be cancelled`);
  },
);
