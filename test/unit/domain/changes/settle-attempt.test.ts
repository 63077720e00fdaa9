import type { Attempt, Change } from "../../../../shared/domain/changes/change";
import { openAttempt } from "../../../../shared/domain/changes/change";
import type { WriteOutcome } from "../../../../shared/domain/changes/classify-write";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import { afterAnswer, afterVerdict, unreadable } from "../../../../shared/domain/changes/settle-attempt";
import type { Transition } from "../../../../shared/domain/changes/transitions";
import { anAttempt, aPurchasingChange } from "../../../build/change";
import { after, HOUR, MINUTE, SECOND } from "../../../build/ids";

const NOW = after(5 * SECOND);
const FENCE = after(120 * SECOND);
const answer = (outcome: WriteOutcome, attempts: Attempt[] = [anAttempt()]): Transition =>
  afterAnswer(aPurchasingChange(attempts), outcome, NOW, SETTINGS);
const lastAttempt = ({ steps }: Change): Attempt | undefined => steps[0]?.attempts.at(-1);
const later = (why: "throttled" | "busy" | "signIn" | "changedMeanwhile", status: number): WriteOutcome => ({
  kind: "later",
  why,
  status,
  code: String(status),
});
/** An attempt that Microsoft turned down for now. */
const turnedDown = (number: number, status: number): Attempt =>
  anAttempt({ number, state: "notApplied", answer: { at: NOW.toISOString(), kind: "later", status } });

describe("an answer", () => {
  test("that shows the seats completes the change and frees the lane with what was verified", () => {
    const { change, lane, wakeAt } = answer({ kind: "done" });
    expect(change).toMatchObject({
      state: "Completed",
      steps: [{ state: "done" }],
      outcome: { code: "applied", quantityBefore: 10, quantityAfter: 15, at: NOW.toISOString() },
    });
    expect(change.outcome).not.toHaveProperty("finding");
    expect(lastAttempt(change)).toMatchObject({ state: "applied", proof: { by: "answer" } });
    expect(lane).toEqual({ free: true, verifiedQuantity: 15 });
    expect(wakeAt).toBeUndefined();
  });

  test("that refuses fails the change with Microsoft's code and our sentence", () => {
    const { change, lane } = answer({ kind: "refused", status: 403, code: "800023", message: "No credit." });
    expect(change).toMatchObject({
      state: "PurchaseFailed",
      outcome: {
        code: "creditLimit",
        microsoftCode: "800023",
        message: expect.stringContaining("credit line") as string,
      },
    });
    expect(lastAttempt(change)).toMatchObject({
      state: "notApplied",
      answer: { kind: "refused", message: "No credit." },
    });
    expect(lane).toEqual({ free: true });
  });

  test("that is unknown keeps the claim and the lane until the fence has passed", () => {
    const { change, lane, wakeAt } = answer({ kind: "unknown", why: "HTTP 504", status: 504 });
    expect(change.state).toBe("Purchasing");
    expect(openAttempt(change)).toMatchObject({ state: "open", answer: { kind: "unknown", status: 504 } });
    expect(lane).toBe("keep");
    expect(wakeAt).toEqual(FENCE);
  });

  test("that throttles parks the change for as long as Microsoft asked", () => {
    const outcome: WriteOutcome = { ...later("throttled", 429), retryAfterSeconds: 57 } as WriteOutcome;
    const { change, lane, wakeAt } = answer(outcome);
    expect(change).toMatchObject({ state: "PendingPurchase", parkedReason: "throttled" });
    expect(wakeAt).toEqual(after(57 * SECOND, NOW));
    expect(change.dueAt).toBe(wakeAt?.toISOString());
    expect(lane).toEqual({ free: true });
  });

  test("that throttles again and again is waited for twice as long each time, an hour and more at last", () => {
    const outcome: WriteOutcome = { ...later("throttled", 429), retryAfterSeconds: 60 } as WriteOutcome;
    const waitsAfter = (times: number): number => {
      const attempts = [
        ...Array.from({ length: times }, (_, i) => turnedDown(i + 1, 429)),
        anAttempt({ number: times + 1 }),
      ];
      return Number(answer(outcome, attempts).wakeAt?.getTime()) - NOW.getTime();
    };
    expect([0, 1, 2, 3, 6, 20].map(waitsAfter)).toEqual([1, 2, 4, 8, 64, 64].map((minutes) => minutes * MINUTE));
  });

  test("that throttles never uses up the tries: parking does not fail a change", () => {
    const attempts = [...Array.from({ length: 30 }, (_, i) => turnedDown(i + 1, 429)), anAttempt({ number: 31 })];
    expect(answer(later("throttled", 429), attempts).change.state).toBe("PendingPurchase");
    expect(answer(later("busy", 409), attempts).change.state).toBe("PendingPurchase");
  });

  test.each<WriteOutcome>([
    later("signIn", 401),
    { kind: "notSent", why: "resellerRevoked" },
    { kind: "notSent", why: "secretInvalid" },
  ])("without a valid sign-in parks the change (%j)", (outcome) => {
    const { change, wakeAt } = answer(outcome);
    expect(change).toMatchObject({ state: "PendingPurchase", parkedReason: "resellerNotAuthorized" });
    expect(lastAttempt(change)?.state).toBe("notApplied");
    expect(wakeAt).toEqual(after(SETTINGS.parkPauseMs, NOW));
  });

  test.each<WriteOutcome>([
    later("busy", 409),
    later("changedMeanwhile", 412),
    { kind: "notSent", why: "tooLate" },
    { kind: "notSent", why: "noToken" },
  ])("that had no effect is tried again after a pause (%j)", (outcome) => {
    const { change, wakeAt } = answer(outcome);
    expect(change.state).toBe("PendingPurchase");
    expect(change.parkedReason).toBeUndefined();
    expect(wakeAt).toEqual(after(MINUTE, NOW));
  });

  test("after the last try fails the change, and says what the last one said", () => {
    const attempts = [...Array.from({ length: 5 }, (_, i) => turnedDown(i + 1, 409)), anAttempt({ number: 6 })];
    const { change, lane } = answer(later("busy", 409), attempts);
    expect(change).toMatchObject({ state: "PurchaseFailed", outcome: { code: "attemptsUsedUp" } });
    expect(change.outcome?.message).toContain("busy");
    expect(lane).toEqual({ free: true });
  });

  test("of any length is cut before it is stored: saving after a payment must not fail", () => {
    const long = "x".repeat(500_000);
    const outcomes: WriteOutcome[] = [
      { kind: "refused", status: 400, code: long, message: long },
      { ...later("busy", 409), code: long } as WriteOutcome,
      { kind: "unknown", why: long },
    ];
    for (const outcome of outcomes) expect(JSON.stringify(answer(outcome).change).length).toBeLessThan(10_000);
  });

  test("without an open attempt is a mistake of ours", () => {
    expect(() => answer({ kind: "done" }, [anAttempt({ state: "applied" })])).toThrow("without an open attempt");
  });
});

describe("a verdict", () => {
  const verdict = (given: Parameters<typeof afterVerdict>[1], attempt: Partial<Attempt> = {}): Transition =>
    afterVerdict(aPurchasingChange([anAttempt(attempt)]), given, NOW, SETTINGS);

  test("of applied completes the change with its proof, and verifies what was written", () => {
    const { change, lane } = verdict({ kind: "applied", by: "auditRecord", reference: "record-1" });
    expect(change).toMatchObject({ state: "Completed", outcome: { quantityBefore: 10, quantityAfter: 15 } });
    expect(lastAttempt(change)).toMatchObject({
      state: "applied",
      proof: { by: "auditRecord", reference: "record-1" },
    });
    expect(lane).toEqual({ free: true, verifiedQuantity: 15 });
  });

  test("of applied on other seats than we had read tells both numbers", () => {
    const { change, audit } = verdict({ kind: "applied", by: "auditRecord", reference: "r", found: { quantity: 12 } });
    expect(change.outcome).toMatchObject({ finding: "overwroteExternalChange", quantityBefore: 12, quantityAfter: 15 });
    expect(change.outcome?.message).toContain("12");
    expect(audit).toEqual({
      action: "change.overwroteExternalChange",
      result: "failure",
      errorCode: "overwroteExternalChange",
      details: { read: 10, found: { quantity: 12 }, wrote: 15 },
    });
  });

  test("of not applied gives the claim back for another try", () => {
    const { change, lane, wakeAt } = verdict({ kind: "notApplied" });
    expect(change.state).toBe("PendingPurchase");
    expect(lastAttempt(change)).toMatchObject({ state: "notApplied", proof: { by: "absence" } });
    expect(lane).toEqual({ free: true });
    expect(wakeAt).toEqual(after(MINUTE, NOW));
  });

  test("that needs another look keeps everything and comes back", () => {
    const at = after(3 * MINUTE);
    const { change, lane, wakeAt } = verdict({ kind: "lookAgain", at });
    expect(openAttempt(change)).toMatchObject({ looks: 1, nextLookAt: at.toISOString() });
    expect([change.state, lane, wakeAt]).toEqual(["Purchasing", "keep", at]);
  });

  test("that nobody can give asks a person and keeps the lane", () => {
    const { change, lane, wakeAt, audit } = verdict({ kind: "review", because: "y".repeat(5000) });
    expect(change).toMatchObject({ state: "NeedsReview", outcome: { code: "needsReview" } });
    expect(change.outcome?.message).toHaveLength(1000);
    expect(openAttempt(change)).toBeDefined();
    expect([lane, wakeAt]).toEqual(["keep", undefined]);
    expect(audit.result).toBe("failure");
  });
});

describe("records that cannot be read", () => {
  const look = (looks: number, now: Date): Transition =>
    unreadable(aPurchasingChange([anAttempt({ looks })]), "upstreamError", now, SETTINGS);

  test("are asked for again with growing pauses, half an hour at most", () => {
    const pauses = [0, 1, 2, 5, 9].map((looks) => Number(look(looks, NOW).wakeAt?.getTime()) - NOW.getTime());
    expect(pauses).toEqual([1, 2, 4, 32, 32].map((minutes) => minutes * MINUTE));
    expect(look(0, NOW).change.state).toBe("Purchasing");
  });

  test("for a day are a matter for a person", () => {
    const limit = after(30 * SECOND + 24 * HOUR);
    expect(look(40, after(-1, limit)).change.state).toBe("Purchasing");
    const { change, lane } = look(40, limit);
    expect(change).toMatchObject({
      state: "NeedsReview",
      outcome: { message: expect.stringContaining("upstreamError") as string },
    });
    expect(lane).toBe("keep");
  });
});
