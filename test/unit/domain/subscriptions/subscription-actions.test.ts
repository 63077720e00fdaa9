import type { Subscription } from "../../../../shared/domain/subscriptions/subscription";
import { subscriptionActions, type ActionFacts } from "../../../../shared/domain/subscriptions/subscription-actions";
import { after, HOUR, START } from "../../../build/ids";
import { aSubscription } from "../../../build/subscription";

const FACTS: ActionFacts = { now: START, limits: { minimum: 1, maximum: 300 }, refundable: { quantity: 5 } };
/** Each action that is listed, with the reason where it is denied. */
const actions = (differing: Partial<Subscription> = {}, facts: Partial<ActionFacts> = {}): Record<string, unknown> =>
  Object.fromEntries(
    subscriptionActions(aSubscription(differing), { ...FACTS, ...facts }).map(({ action, allowed, reason }) => [
      action,
      allowed ? true : reason,
    ]),
  );

test("an active subscription can have more seats, and fewer while they can be given back", () => {
  expect(actions()).toMatchObject({ increaseSeats: true, decreaseSeats: true });
});

test.each(["suspended", "pending", "expired", "disabled", "deleted", "frozen"])(
  "no seats are changed while it is %s, and the reason names that",
  (status) => {
    const { increaseSeats, decreaseSeats, changeBillingFrequency, setAutoRenewal, suspend } = actions({ status });
    for (const reason of [increaseSeats, decreaseSeats, changeBillingFrequency, setAutoRenewal, suspend]) {
      expect(reason).toContain(status);
    }
  },
);

test.each<[string, Partial<Subscription>, Partial<ActionFacts>, string, RegExp]>([
  ["as many seats as there may be", { quantity: 300 }, {}, "increaseSeats", /at most 300/],
  ["as few seats as there may be", { quantity: 1 }, {}, "decreaseSeats", /at least 1 /],
  ["every window closed", {}, { refundable: { quantity: 0 } }, "decreaseSeats", /windows have closed/],
  ["windows that could not be read", {}, { refundable: undefined }, "decreaseSeats", /does not tell/],
])("with %s, that is the reason", (_name, differing, facts, action, reason) => {
  expect(actions(differing, facts)[action]).toMatch(reason);
});

test("limits nobody knows forbid nothing", () => {
  expect(actions({ quantity: 5000 }, { limits: undefined })).toMatchObject({
    increaseSeats: true,
    decreaseSeats: true,
  });
});

test("a scheduled change forbids nothing: it will be set again", () => {
  expect(actions({ schedule: { instructions: { quantity: 3 } } })).toMatchObject({ increaseSeats: true });
});

test("what cannot be done yet is not promised, and listed only where the subscription itself forbids it", () => {
  expect(Object.keys(actions())).toEqual(["increaseSeats", "decreaseSeats", "reactivate", "cancel", "viewParent"]);
  const suspended = { status: "suspended", commitmentEndsAt: after(HOUR) };
  expect(Object.keys(actions(suspended))).not.toContain("reactivate");
  expect(actions(suspended)["cancel"]).toContain(after(HOUR).toISOString());
  expect(Object.keys(actions({ status: "suspended", commitmentEndsAt: START }))).not.toContain("cancel");
  expect(actions({ status: "pending" })["viewParent"]).toContain("no parent");
  expect(Object.keys(actions({ status: "pending", parentSubscriptionId: "p" }))).not.toContain("viewParent");
});
