import { attemptIds } from "../../../../shared/domain/changes/attempt-ids";
import { Change } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import { lookedAgain, resolved, retried } from "../../../../shared/domain/changes/operator-transitions";
import type { RemoteAuditRecord } from "../../../../shared/domain/changes/remote-history";
import {
  foundAfterRestore,
  heldAfterRestore,
  keptAfterRestore,
} from "../../../../shared/domain/recovery/settle-after-restore";
import { aChange, anAttempt, aPurchasingChange } from "../../../build/change";
import { after, changeId, HOUR, START, SUBSCRIPTION } from "../../../build/ids";
import { aSchedule } from "../../../build/schedule";

const RECOVERY = { backup: "yesterday", restoredAt: after(HOUR).toISOString() };
const NOW = after(2 * HOUR);
const FREE = {};
const OLGA = { name: "olga@msp.example", reason: "Seen in Partner Center." };

const recordOf = (change: Change, number: number, differing: Partial<RemoteAuditRecord> = {}): RemoteAuditRecord => ({
  ...{ id: "record", correlationId: attemptIds(change, number).correlationId, operationType: "update_subscription" },
  ...{ operationStatus: "succeeded", operationDate: after(HOUR / 2), subscriptionId: SUBSCRIPTION },
  ...{ oldQuantity: 10, newQuantity: 15, userName: undefined, ...differing },
});
const found = (change: Change, number = 1, differing: Partial<RemoteAuditRecord> = {}, lane: object = FREE) =>
  foundAfterRestore(
    change,
    lane,
    { number, record: recordOf(change, number, differing) },
    { recovery: RECOVERY, quantity: 15, isScheduleLost: false },
    NOW,
  );
const attemptsOf = (change: Change) => change.steps.flatMap((step) => step.attempts);

test("a change that was found done is completed with its attempt as Microsoft recorded it, and lets go of the lane", () => {
  const { change, lane, audit } = found(aChange(), 2);
  expect(change).toMatchObject({
    state: "Completed",
    outcome: { code: "applied", finding: "foundAfterRestore", quantityBefore: 10, quantityAfter: 15 },
    recovery: { backup: "yesterday", became: "found" },
  });
  expect(attemptsOf(change)).toMatchObject([
    {
      ...{ number: 2, from: 10, to: 15, state: "applied", proof: { by: "auditRecord", reference: "record" } },
      correlationIds: [attemptIds(aChange(), 2).correlationId],
    },
  ]);
  expect(lane).toEqual({ free: true, verifiedQuantity: 15 });
  expect(audit).toMatchObject({ action: "change.foundAfterRestore", details: { attempt: 2, record: "record" } });
  // What is stored can be read.
  expect(Change.parse(change)).toEqual(change);
});

test("an open attempt that was carried out is proven; an earlier one had no effect, or the later one were not sent", () => {
  const change = aPurchasingChange([anAttempt()]);
  expect(attemptsOf(found(change, 1).change)).toMatchObject([{ number: 1, state: "applied", requestId: "request-1" }]);
  expect(attemptsOf(found(change, 3).change)).toMatchObject([
    { number: 1, state: "notApplied", proof: { by: "absence" } },
    { number: 3, state: "applied" },
  ]);
});

test("what the record does not tell is told as it was asked for", () => {
  const silent = { oldQuantity: undefined, newQuantity: undefined };
  expect(attemptsOf(found(aChange(), 1, silent).change)).toMatchObject([{ from: 10, to: 15 }]);
  const added = aChange({ ask: { kind: "add", delta: 5 } });
  expect(attemptsOf(found(added, 1, { ...silent, newQuantity: 25 }).change)).toMatchObject([{ from: 20, to: 25 }]);
});

test("seats that somebody had changed in between are told, as after any proof", () => {
  const { change, audit } = found(aPurchasingChange([anAttempt()]), 1, { oldQuantity: 12 });
  expect(change.outcome).toMatchObject({ finding: "overwroteExternalChange", quantityBefore: 12 });
  expect(audit.action).toBe("change.overwroteExternalChange");
});

describe("with a renewal schedule that is still to be set again", () => {
  const savedSchedule = { schedule: aSchedule(8), quantity: 10, autoRenew: true, savedAt: START.toISOString() };
  const steps = [
    { kind: "write" as const, state: "open" as const, attempts: [anAttempt()] },
    { kind: "restoreSchedule" as const, state: "open" as const, attempts: [] },
  ];
  const change = aPurchasingChange([], { savedSchedule, steps });

  test.each([
    ["free", FREE],
    ["its own", { changeId: change.id }],
  ])("it goes on with that, and holds the lane: it is %s", (_name, lane) => {
    const transition = found(change, 1, {}, lane);
    expect(transition.change).toMatchObject({ state: "Purchasing", recovery: { became: "found" } });
    expect([transition.lane, transition.wakeAt]).toEqual([{ take: true }, NOW]);
  });

  test("somebody else's lane is not taken: the schedule is told to be lost", () => {
    const { change: ended } = found(change, 1, {}, { changeId: changeId(7) });
    expect(ended).toMatchObject({ state: "Completed", outcome: { schedule: "notRestored" } });
  });
});

test("one that nothing happened to goes on under message numbers that were never used", () => {
  const { change, lane, wakeAt } = keptAfterRestore(aChange({ enqueued: 3 }), RECOVERY, NOW);
  expect(change).toMatchObject({ state: "PendingPurchase", enqueued: 1003, recovery: { became: "kept" } });
  expect([lane, wakeAt]).toEqual(["keep", NOW]);
  const sending = aPurchasingChange([anAttempt()]);
  expect(keptAfterRestore(sending, RECOVERY, NOW)).toMatchObject({ change: { state: "Purchasing" }, lane: "keep" });
  const unreleased = keptAfterRestore(aChange({ released: false }), RECOVERY, NOW);
  expect(unreleased.wakeAt).toBeUndefined();
});

test("one that nobody can prove waits for a person and takes the lane, unless an older one has it", () => {
  const held = heldAfterRestore(aChange({ dueAt: NOW.toISOString() }), FREE, "unreadable", RECOVERY, NOW);
  expect(held).toMatchObject({ change: { state: "NeedsReview", recovery: { became: "held" } }, lane: { take: true } });
  expect(held.change.dueAt).toBeUndefined();
  expect(heldAfterRestore(aChange(), { changeId: changeId(7) }, "unreadable", RECOVERY, NOW).lane).toBe("keep");
});

test("it is not looked at again, nor retried; a later reconciliation or a person settles it", () => {
  const { change } = heldAfterRestore(aChange(), FREE, "unreadable", RECOVERY, NOW);
  expect(() => lookedAgain(change, OLGA, NOW)).toThrow(expect.objectContaining({ code: "reconcileRequired" }) as Error);
  const failed = heldAfterRestore(aChange({ state: "PurchaseFailed" }), FREE, "unreadable", RECOVERY, NOW);
  expect(failed).toMatchObject({ change: { state: "PurchaseFailed" }, lane: "keep" });
  expect(() => retried(failed.change, OLGA, NOW)).toThrow(
    expect.objectContaining({ code: "reconcileRequired" }) as Error,
  );
  expect(keptAfterRestore(change, RECOVERY, NOW)).toMatchObject({
    ...{ change: { state: "PendingPurchase", recovery: { became: "kept" } }, lane: { free: true } },
  });
  expect(keptAfterRestore(change, RECOVERY, NOW).change.outcome).toBeUndefined();
  const sending = heldAfterRestore(aPurchasingChange([anAttempt()]), FREE, "unreadable", RECOVERY, NOW).change;
  expect(keptAfterRestore(sending, RECOVERY, NOW)).toMatchObject({ change: { state: "Purchasing" }, lane: "keep" });
  const said = resolved(change, "notApplied", OLGA, NOW, SETTINGS);
  expect(said.change).toMatchObject({ state: "PendingPurchase", recovery: { became: "kept" } });
  expect(resolved(change, "applied", OLGA, NOW, SETTINGS).change.state).toBe("Completed");
});
