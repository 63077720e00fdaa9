import type { Ask } from "../../../../shared/domain/changes/change";
import { planChange, type Plan } from "../../../../shared/domain/changes/plan-change";
import type { Offers } from "../../../../shared/domain/subscriptions/offers";
import type { Subscription } from "../../../../shared/domain/subscriptions/subscription";
import { after, HOUR, SECOND, START } from "../../../build/ids";
import { aSchedule, instructions, ON_SALE } from "../../../build/schedule";
import { aSubscription } from "../../../build/subscription";

const set = (expectedFrom: number, to: number): Ask => ({ kind: "set", expectedFrom, to });
const add = (delta: number): Ask => ({ kind: "add", delta });
const plan = (ask: Ask, differing: Partial<Subscription> = {}, offers: Offers = ON_SALE, now = START): Plan =>
  planChange(ask, aSubscription(differing), { now, offers });
/** Two batches: three seats for another hour, two for a day. */
const REFUNDABLE = {
  total: 5,
  batches: [
    { quantity: 3, allowedUntil: after(HOUR) },
    { quantity: 2, allowedUntil: after(24 * HOUR) },
  ],
};

test("an edit writes the number it names", () => {
  expect(plan(set(10, 15))).toEqual({ kind: "write", from: 10, to: 15 });
});

test("a request adds to what there is when its turn comes", () => {
  expect(plan(add(5), { quantity: 30 })).toEqual({ kind: "write", from: 30, to: 35 });
});

test("an edit whose number is there already changes nothing, wherever it started from", () => {
  expect(plan(set(25, 30), { quantity: 30 })).toEqual({ kind: "unchanged", quantity: 30 });
  expect(plan(add(0), { quantity: 30 })).toEqual({ kind: "unchanged", quantity: 30 });
});

test.each([24, 26])("an edit from 25 seats is refused when there are %i by now, more seats or fewer", (quantity) => {
  expect(plan(set(25, 30), { quantity })).toMatchObject({ kind: "refused", code: "quantityDrift" });
  expect(plan(set(25, 20), { quantity, refundable: REFUNDABLE })).toMatchObject({ code: "quantityDrift" });
});

test.each<[string, Ask, Partial<Subscription>, string]>([
  ["a suspended subscription", set(10, 15), { status: "suspended" }, "notActive"],
  ["a cancelled subscription", add(5), { status: "deleted" }, "notActive"],
  ["a subscription in a state nobody knew", add(5), { status: "frozen" }, "notActive"],
  ["fewer than one seat", add(-10), { refundable: { total: 10, batches: [] } }, "badQuantity"],
  ["fewer seats, with no window open", set(10, 9), {}, "reductionWindowClosed"],
  ["fewer seats, where Microsoft tells no windows", add(-1), { refundable: undefined }, "reductionWindowClosed"],
])("%s is refused, with its reason", (_name, ask, differing, code) => {
  const refused = plan(ask, differing);
  expect(refused).toMatchObject({ kind: "refused", code });
  expect(refused.kind === "refused" && refused.message.length).toBeGreaterThan(10);
});

test("what is there already is no failure, even where a change would be refused", () => {
  expect(plan(set(5, 10), { status: "suspended" }).kind).toBe("unchanged");
});

describe("seats given back", () => {
  test("as many as the open windows cover, and not one more", () => {
    expect(plan(set(10, 5), { refundable: REFUNDABLE })).toEqual({ kind: "write", from: 10, to: 5 });
    expect(plan(add(-5), { refundable: REFUNDABLE })).toEqual({ kind: "write", from: 10, to: 5 });
    const refused = plan(set(10, 4), { refundable: REFUNDABLE });
    expect(refused).toMatchObject({ code: "reductionWindowClosed", refundableQuantity: 5 });
    expect(refused.kind === "refused" && refused.message).toContain(`Only 5 of the 6 seats`);
    expect(refused.kind === "refused" && refused.message).toContain(after(HOUR).toISOString());
  });

  test("a batch counts until its window closes, by Microsoft's clock, whatever the total says", () => {
    const at = (now: Date): Plan => plan(add(-5), { refundable: REFUNDABLE }, ON_SALE, now);
    expect(at(after(HOUR - SECOND)).kind).toBe("write");
    expect(at(after(HOUR))).toMatchObject({ code: "reductionWindowClosed", refundableQuantity: 2 });
    expect(plan(add(-2), { refundable: REFUNDABLE }, ON_SALE, after(HOUR)).kind).toBe("write");
    expect(at(after(25 * HOUR))).toMatchObject({ refundableQuantity: 0 });
  });

  test("seats whose window never closes count, though no batch tells of them", () => {
    expect(plan(add(-4), { refundable: { total: 4, batches: [] } }).kind).toBe("write");
  });
});

describe("the limits of the offer", () => {
  const offers: Offers = { ...ON_SALE, limits: { minimum: 8, maximum: 20 } };
  const open = { refundable: { total: 100, batches: [] } };

  test.each<[string, Ask, number, boolean]>([
    ["the most", add(10), 10, true],
    ["one more than the most", set(10, 21), 10, false],
    ["the fewest", add(-2), 10, true],
    ["one fewer than the fewest", set(10, 7), 10, false],
    ["fewer, with too many seats already", add(-1), 25, true],
    ["more, with too few seats already", add(1), 5, true],
  ])("%s", (_name, ask, quantity, isAllowed) => {
    const result = plan(ask, { quantity, ...open }, offers);
    expect(result).toMatchObject(isAllowed ? { kind: "write" } : { kind: "refused", code: "offerLimit" });
  });
});

describe("a change that waits for the renewal", () => {
  test("does not stand in the way: it will be set again", () => {
    expect(plan(set(10, 15), { schedule: aSchedule(8) })).toEqual({ kind: "write", from: 10, to: 15 });
  });

  test.each<[string, Record<string, unknown>]>([
    ["a product that is not sold any more", { skuId: "0099" }],
    ["a term that is not sold any more", { termDuration: "P3Y" }],
    ["a billing cycle that is not sold any more", { billingCycle: "triennial" }],
  ])("of %s is not given up for seats: nothing is bought", (_name, product) => {
    const schedule = { instructions: instructions(8, product) };
    expect(plan(set(10, 15), { schedule })).toMatchObject({ kind: "refused", code: "scheduleWouldBeLost" });
  });

  test("that is too large to be kept beside the change is not given up either", () => {
    const schedule = { instructions: { ...instructions(8), note: "x".repeat(10_000) } };
    expect(plan(set(10, 15), { schedule })).toMatchObject({ kind: "refused", code: "scheduleWouldBeLost" });
  });
});
