import type { Change, ChangeState } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import { nextStep, type NextStep } from "../../../../shared/domain/changes/next-step";
import { aChange, anAttempt, aPurchasingChange } from "../../../build/change";
import { after, MINUTE, SECOND, START } from "../../../build/ids";

const NEWEST = 4;
/** `sendBy` is 30 s after the start; nobody concludes anything before 60 s for the call and 30 s margin are over. */
const FENCE = after(120 * SECOND);

const does = (change: Change, n = NEWEST, now = START): NextStep =>
  nextStep({ ...change, enqueued: NEWEST }, n, now, SETTINGS);

const OVER: ChangeState[] = [
  "PendingApproval",
  "NeedsReview",
  "Scheduled",
  "Completed",
  "PurchaseFailed",
  "Rejected",
  "Cancelled",
];

test.each(OVER.flatMap((state) => [1, NEWEST].map((n) => [state, n] as const)))(
  "a change that is %s is left alone, whatever message comes (number %i of 4)",
  (state, n) => {
    expect(does(aChange({ state }), n).do).toBe("nothing");
  },
);

test.each<ChangeState>(["PendingPurchase", "Purchasing", "Completed"])(
  "a message with a number the change never gave out is ignored (%s)",
  (state) => {
    expect(does(aChange({ state }), NEWEST + 1).do).toBe("nothing");
  },
);

test("nothing is bought before somebody has released it", () => {
  expect(does(aChange({ released: false })).do).toBe("nothing");
});

test.each([1, NEWEST])("a released change that is due is claimed (message %i of 4)", (n) => {
  expect(does(aChange(), n)).toEqual({ do: "claim" });
  expect(does(aChange({ dueAt: START.toISOString() }), n)).toEqual({ do: "claim" });
});

test("before its time, the newest message waits and older ones vanish", () => {
  const later = after(MINUTE);
  const change = aChange({ dueAt: later.toISOString() });
  expect(does(change, NEWEST)).toEqual({ do: "wait", until: later });
  expect(does(change, NEWEST - 1).do).toBe("nothing");
});

test.each([1, NEWEST])("a claim without an intent is carried on after a crash (message %i of 4)", (n) => {
  expect(does(aPurchasingChange([]), n)).toEqual({ do: "perform" });
});

test("a claim whose earlier writes are all settled is carried on", () => {
  const settled = anAttempt({ state: "notApplied" });
  expect(does(aPurchasingChange([settled]))).toEqual({ do: "perform" });
});

test("an open write is not judged before its fence has passed", () => {
  const change = aPurchasingChange([anAttempt()]);
  expect(does(change, NEWEST, after(-1, FENCE))).toEqual({ do: "wait", until: FENCE });
  expect(does(change, NEWEST - 1, after(-1, FENCE)).do).toBe("nothing");
});

test.each([1, NEWEST])("an open write is judged from its fence on (message %i of 4)", (n) => {
  const attempt = anAttempt();
  expect(does(aPurchasingChange([attempt]), n, FENCE)).toEqual({ do: "prove", attempt });
});

test("a look that was announced for later is waited for", () => {
  const look = after(10 * MINUTE);
  const attempt = anAttempt({ looks: 2, nextLookAt: look.toISOString() });
  expect(does(aPurchasingChange([attempt]), NEWEST, after(5 * MINUTE))).toEqual({ do: "wait", until: look });
  expect(does(aPurchasingChange([attempt]), NEWEST, look)).toEqual({ do: "prove", attempt });
});

test("a look that was announced for too early does not weaken the fence", () => {
  const attempt = anAttempt({ nextLookAt: after(SECOND).toISOString() });
  expect(does(aPurchasingChange([attempt]), NEWEST, after(MINUTE))).toEqual({ do: "wait", until: FENCE });
});
