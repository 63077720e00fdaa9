import type { Ask } from "../../../../shared/domain/changes/change";
import { planChange } from "../../../../shared/domain/changes/plan-change";
import type { Subscription } from "../../../../shared/domain/subscriptions/subscription";
import { aSubscription } from "../../../build/subscription";

const set = (expectedFrom: number, to: number): Ask => ({ kind: "set", expectedFrom, to });
const add = (delta: number): Ask => ({ kind: "add", delta });

test("an edit writes the number it names", () => {
  expect(planChange(set(10, 15), aSubscription())).toEqual({ kind: "write", from: 10, to: 15 });
});

test("a request adds to what there is when its turn comes", () => {
  expect(planChange(add(5), aSubscription({ quantity: 30 }))).toEqual({ kind: "write", from: 30, to: 35 });
});

test("an edit whose number is there already changes nothing, wherever it started from", () => {
  expect(planChange(set(25, 30), aSubscription({ quantity: 30 }))).toEqual({ kind: "unchanged", quantity: 30 });
  expect(planChange(add(0), aSubscription({ quantity: 30 }))).toEqual({ kind: "unchanged", quantity: 30 });
});

test.each([24, 26])("an edit from 25 seats is refused when there are %i by now", (quantity) => {
  expect(planChange(set(25, 30), aSubscription({ quantity }))).toMatchObject({
    kind: "refused",
    code: "quantityDrift",
  });
});

test.each<[string, Ask, Partial<Subscription>, string]>([
  ["a suspended subscription", set(10, 15), { status: "suspended" }, "notActive"],
  ["a cancelled subscription", add(5), { status: "deleted" }, "notActive"],
  ["a subscription in a state nobody knew", add(5), { status: "frozen" }, "notActive"],
  ["fewer than one seat", add(-10), {}, "badQuantity"],
  ["fewer seats", set(10, 9), {}, "decreaseNotSupported"],
  ["fewer seats, as a difference", add(-1), {}, "decreaseNotSupported"],
  ["a subscription with a scheduled change", set(10, 15), { hasSchedule: true }, "scheduleWouldBeLost"],
])("%s is refused, with its reason", (_name, ask, differing, code) => {
  const plan = planChange(ask, aSubscription(differing));
  expect(plan).toMatchObject({ kind: "refused", code });
  expect(plan.kind === "refused" && plan.message.length).toBeGreaterThan(10);
});

test("what is there already is no failure, even where a change would be refused", () => {
  expect(planChange(set(5, 10), aSubscription({ status: "suspended", hasSchedule: true })).kind).toBe("unchanged");
});
