import { restoredSchedule, whyNotRestorable } from "../../../../shared/domain/changes/restored-schedule";
import type { Offers } from "../../../../shared/domain/subscriptions/offers";
import { aSchedule, instructions, ON_SALE, PLAN } from "../../../build/schedule";

const seatsOf = (scheduled: number, from: number, to: number, limits?: Offers["limits"]): unknown =>
  restoredSchedule(aSchedule(scheduled), { from, to }, { ...ON_SALE, limits }).instructions?.["quantity"];

test.each<[string, number, number, number, number]>([
  ["no other number was scheduled, and there are more now: as many as now", 10, 10, 15, 15],
  ["no other number was scheduled, and there are fewer now: as many as now", 10, 10, 7, 7],
  ["fewer were scheduled, and there are more now: so many fewer than now", 8, 10, 15, 13],
  ["fewer were scheduled, and some of them are gone already: what was scheduled", 6, 10, 8, 6],
  ["fewer were scheduled, and even more are gone already: as many as now", 6, 10, 5, 5],
  ["more were scheduled, and there are more now: so many more than now", 12, 10, 15, 17],
  ["more were scheduled, and there are fewer now: what was scheduled", 12, 10, 7, 12],
  ["nothing moved", 8, 10, 10, 8],
])("%s", (_name, scheduled, from, to, expected) => {
  expect(seatsOf(scheduled, from, to)).toBe(expected);
});

test("never more or fewer than the product allows, and never none", () => {
  expect(seatsOf(298, 290, 300, { minimum: 1, maximum: 300 })).toBe(300);
  expect(seatsOf(3, 10, 5, { minimum: 5, maximum: 300 })).toBe(5);
  expect(seatsOf(1, 10, 1)).toBe(1);
});

test("everything but seats and availability stays as it was read", () => {
  const schedule = { instructions: { ...instructions(8, { promotionId: "P" }), customTermEndDate: "2032-01-31" } };
  expect(restoredSchedule(schedule, { from: 10, to: 12 }, ON_SALE)).toEqual({
    instructions: { ...schedule.instructions, quantity: 10 },
  });
});

test("actions carry seats of their own; one that only ends the subscription is untouched", () => {
  const cancel = { scheduleType: "TermEnd", actionType: "Cancel" };
  const renew = { scheduleType: "TermEnd", actionType: "RenewToNewTerm", instructions: instructions(8) };
  expect(restoredSchedule({ actions: [cancel, renew] }, { from: 10, to: 12 }, ON_SALE)).toEqual({
    actions: [cancel, { ...renew, instructions: instructions(10) }],
  });
  expect(
    whyNotRestorable({ actions: [cancel] }, { from: 10, to: 12 }, { limits: undefined, plans: [] }),
  ).toBeUndefined();
});

test("the availability that was scheduled is kept while it is sold, else it is today's of the same term and billing", () => {
  const plans = [
    { ...PLAN, sku: "CFQ7TTC0LCHC:0002", availabilityId: "OTHER", billingCycle: "annual" },
    { ...PLAN, sku: "CFQ7TTC0LCHC:0002", availabilityId: "TODAY", billingCycle: "Monthly" },
  ];
  const availability = (offers: Offers): unknown => {
    const { instructions: restored } = restoredSchedule(aSchedule(8), { from: 10, to: 12 }, offers);
    return (restored?.["product"] as { availabilityId: string }).availabilityId;
  };
  expect(availability({ limits: undefined, plans })).toBe("TODAY");
  expect(availability({ limits: undefined, plans: [...plans, ...ON_SALE.plans] })).toBe(PLAN.availabilityId);
});
