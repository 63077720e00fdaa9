import { timelineOf } from "../../../../shared/domain/changes/timeline";
import { aChange, anAttempt, aPurchasingChange } from "../../../build/change";
import { after, MINUTE, SECOND, START } from "../../../build/ids";

const at = (ms: number): string => after(ms).toISOString();

test("a change nobody has worked on yet was requested, by somebody", () => {
  expect(timelineOf(aChange())).toEqual([
    { at: START.toISOString(), event: "requested", detail: "by olga@msp.example" },
  ]);
});

test("a purchase that was answered is told in four lines", () => {
  const attempt = anAttempt({
    state: "applied",
    answer: { at: at(2 * SECOND), kind: "done" },
    proof: { at: at(2 * SECOND), by: "answer" },
  });
  const outcome = { at: at(2 * SECOND), code: "applied", message: "Seats changed from 10 to 15." };
  const events = timelineOf(aPurchasingChange([attempt], { state: "Completed", outcome }));
  expect(events.map(({ event, detail }) => `${event}: ${detail}`)).toEqual([
    "requested: by olga@msp.example",
    "sent: attempt 1: 10 to 15 seats",
    "answered: done",
    "ended: Completed: Seats changed from 10 to 15.",
  ]);
});

test("a lost answer is told with what proved the write", () => {
  const attempt = anAttempt({
    state: "applied",
    answer: { at: at(5 * SECOND), kind: "unknown", status: 504, message: "HTTP 504" },
    proof: { at: at(3 * MINUTE), by: "auditRecord", reference: "record-1" },
  });
  expect(timelineOf(aPurchasingChange([attempt])).slice(2)).toEqual([
    { at: at(5 * SECOND), event: "unknown", detail: "HTTP 504" },
    { at: at(3 * MINUTE), event: "proven", detail: "by auditRecord record-1" },
  ]);
});

test("a process that died leaves no answer, and what was found out later", () => {
  const first = anAttempt({ state: "notApplied", looks: 5, proof: { at: at(20 * MINUTE), by: "absence" } });
  expect(timelineOf(aPurchasingChange([first])).slice(2)).toEqual([
    { at: first.sendBy, event: "unknown", detail: "no answer was saved" },
    { at: at(20 * MINUTE), event: "notApplied", detail: "by absence" },
  ]);
});

test("what Microsoft said is told with its status and code", () => {
  const answer = { at: at(SECOND), kind: "later" as const, status: 409, code: "900278", message: "busy" };
  const events = timelineOf(aPurchasingChange([anAttempt({ state: "notApplied", answer })]));
  expect(events.at(-1)).toEqual({ at: at(SECOND), event: "later", detail: "HTTP 409 900278 busy" });
});

test("a write that is still under way has no answer yet", () => {
  expect(timelineOf(aPurchasingChange([anAttempt()])).map(({ event }) => event)).toEqual(["requested", "sent"]);
});
