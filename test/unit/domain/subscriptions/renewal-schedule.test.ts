import {
  scheduledChanges,
  scheduleFields,
  scheduleIn,
  showsSchedule,
} from "../../../../shared/domain/subscriptions/renewal-schedule";
import { aSchedule, instructions } from "../../../build/schedule";

test.each([
  [undefined],
  [null],
  [{}],
  [{ scheduledNextTermInstructions: null, scheduledActions: null }],
  [{ scheduledNextTermInstructions: {}, scheduledActions: [] }],
])("nothing waits for the renewal in %j", (resource) => {
  expect(scheduleIn(resource)).toBeUndefined();
});

test("what was read is what is written", () => {
  const resource = { scheduledNextTermInstructions: instructions(8), scheduledActions: [{ actionType: "Cancel" }] };
  const schedule = scheduleIn({ ...resource, quantity: 10 });
  expect(schedule && scheduleFields(schedule)).toEqual(resource);
});

describe("a schedule is shown", () => {
  const action = (type: string, more: Record<string, unknown> = {}) => ({
    actions: [{ scheduleType: "TermEnd", actionType: type, ...more }],
  });

  test("also with names and values in another case, dates in another form, and more fields", () => {
    const wanted = { instructions: { ...instructions(8), customTermEndDate: "2031-05-31T00:00:00Z" } };
    const shown = {
      instructions: {
        Quantity: 8,
        Product: { ...(instructions(8)["product"] as object), billingCycle: "Monthly", name: "Premium" },
        customTermEndDate: "2031-05-31T00:00:00.0000000+00:00",
        attributes: { objectType: "ScheduledNextTermInstructions" },
      },
    };
    expect(showsSchedule(shown, wanted)).toBe(true);
  });

  test("also in the other spelling of its type", () => {
    expect(showsSchedule({ actions: [{ scheduledType: "TermEnd", actionType: "Cancel" }] }, action("Cancel"))).toBe(
      true,
    );
  });

  test.each([
    ["nothing", undefined],
    ["other seats", aSchedule(9)],
    ["another product", { instructions: instructions(8, { skuId: "0009" }) }],
    ["an action instead", action("Cancel")],
  ])("not by %s", (_name, shown) => {
    expect(showsSchedule(shown, aSchedule(8))).toBe(false);
  });

  test("not by another number of actions", () => {
    const two = { actions: [...action("Cancel").actions, ...action("Transition").actions] };
    expect(showsSchedule(two, action("Cancel"))).toBe(false);
  });

  test("by its actions alone where there are any: then Microsoft looks at nothing else", () => {
    expect(showsSchedule({ ...action("Cancel"), ...aSchedule(9) }, { ...action("Cancel"), ...aSchedule(8) })).toBe(
      true,
    );
  });
});

test("people are told what will happen", () => {
  expect(scheduledChanges(aSchedule(8))).toEqual([
    { action: "RenewToNewTerm", quantity: 8, productSku: "CFQ7TTC0LCHC:0002", term: "P1Y", billingCycle: "monthly" },
  ]);
  expect(scheduledChanges({ actions: [{ actionType: "Cancel" }] })).toEqual([{ action: "Cancel" }]);
});
