import type { Change } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import { failed } from "../../../../shared/domain/changes/end-change";
import { cancelled, parked, postponed } from "../../../../shared/domain/changes/transitions";
import { HOUR, MINUTE, SECOND, START } from "../../../build/ids";
import { aSchedule, instructions } from "../../../build/schedule";
import type { WriteFault } from "../../../fakes/fake-partner-center";
import { ledgerWorld } from "../../../fakes/ledger-world";

const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });

/** A subscription of ten seats that is to be renewed with eight. */
function world() {
  const ledger = ledgerWorld();
  const { writer } = ledger.partnerCenter;
  ledger.partnerCenter.outsideSchedule(aSchedule(8));
  return {
    ...ledger,
    /** Happens once the seats are written: before the schedule is set again. */
    onceWritten(happens: () => void): void {
      const patch = writer.patch.bind(writer);
      writer.patch = async (...ask) => {
        writer.patch = patch;
        const answer = await patch(...ask);
        happens();
        return answer;
      };
    },
  };
}
const stepsOf = ({ steps }: Change): string[] => steps.map(({ kind, state }) => `${kind} ${state}`);

test("seats are bought, and what the purchase deleted is set again for as many seats more", async () => {
  const { submit, run, change, partnerCenter, lane, auditActions, auditBreaks } = world();
  const id = await submit();
  await run(SECOND);
  expect(change(id)).toMatchObject({
    state: "Completed",
    savedSchedule: { schedule: aSchedule(8), quantity: 10, autoRenew: true },
    outcome: { quantityBefore: 10, quantityAfter: 15, schedule: "restored" },
  });
  expect(stepsOf(change(id))).toEqual(["write done", "restoreSchedule done"]);
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(13));
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  expect(lane()).toMatchObject({ verifiedQuantity: 15 });
  expect(auditActions().slice(1)).toEqual([
    ...["change.claimed", "change.intent", "change.written", "change.intent", "change.completed"],
  ]);
  expect(await auditBreaks()).toEqual([]);
});

test("each write sends back all that was read, with one thing changed", async () => {
  const { submit, run, partnerCenter } = world();
  await submit();
  await run(SECOND);
  const [seats, schedule] = partnerCenter.bodies;
  expect(seats).toMatchObject({ quantity: 15, scheduledNextTermInstructions: aSchedule(8).instructions });
  expect(schedule).toMatchObject({ quantity: 15, scheduledNextTermInstructions: aSchedule(13).instructions });
  expect(Object.keys(seats ?? {}).sort()).toEqual(Object.keys(schedule ?? {}).sort());
});

test.each<[string, WriteFault]>([
  ["its answer is lost", { kind: "lostAfter" }],
  ["it is lost on the way", { kind: "lostBefore" }],
  ["it is accepted and applied later", { kind: "late", ms: 5 * MINUTE }],
  ["it is accepted and dropped", { kind: "dropped" }],
  ["Microsoft is busy", { kind: "answer", status: 409, body: { code: "900278" } }],
  ["Microsoft asks to wait", { kind: "answer", status: 429, body: {}, retryAfterSeconds: 40 }],
  ["the answer does not show it", { kind: "appliedThen", status: 200 }],
])("the schedule is set again in the end, and nothing is bought twice, when %s", async (_name, fault) => {
  const { submit, runToTheEnd, change, partnerCenter, onceWritten } = world();
  onceWritten(() => partnerCenter.writeFaults.push(fault));
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "restored" } });
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(13));
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("the schedule saved first is the one set again, though the retry of the purchase read none any more", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter } = world();
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  const id = await submit(ADD(5));
  await run(MINUTE);
  const saved = change(id).savedSchedule;
  // Somebody else's purchase deletes it before ours is tried again.
  partnerCenter.outsideChange(12);
  await runToTheEnd();
  expect(change(id).savedSchedule).toEqual(saved);
  expect(partnerCenter.quantityOf()).toBe(17);
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(15));
});

test("while the schedule is still to be set again the change holds its lane, and no other change is made", async () => {
  const { submit, run, runToTheEnd, change, lane, msp, partnerCenter, onceWritten } = world();
  onceWritten(() => (msp.writeMode = "off"));
  const first = await submit(ADD(5));
  const second = await submit(ADD(3));
  await run(HOUR);
  expect(change(first)).toMatchObject({ state: "Purchasing", parkedReason: "writesOff" });
  expect(lane().changeId).toBe(first);
  expect(change(second).state).toBe("PendingPurchase");
  msp.writeMode = "on";
  await runToTheEnd();
  expect([first, second].map((id) => change(id).state)).toEqual(["Completed", "Completed"]);
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(16));
});

test("a refusal does not undo the purchase: the change is completed, and says what was lost", async () => {
  const { submit, runToTheEnd, change, lane, partnerCenter, auditActions, log, onceWritten } = world();
  onceWritten(() =>
    partnerCenter.writeFaults.push({ kind: "answer", status: 404, body: { code: 400019, description: "Gone." } }),
  );
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id)).toMatchObject({
    state: "Completed",
    savedSchedule: { schedule: aSchedule(8) },
    outcome: { code: "applied", schedule: "notRestored", microsoftCode: "400019", quantityAfter: 15 },
  });
  expect(stepsOf(change(id))).toEqual(["write done", "restoreSchedule givenUp"]);
  expect(auditActions().at(-1)).toBe("change.scheduleNotRestored");
  expect(lane().changeId).toBeUndefined();
  expect(log.lines.map(({ message }) => message)).toContain("a renewal schedule was lost");
});

test("a schedule that Microsoft never accepts is given up after so many tries, not the purchase", async () => {
  const { submit, run, change, partnerCenter } = world();
  const { writer } = partnerCenter;
  const patch = writer.patch.bind(writer);
  let writes = 0;
  writer.patch = (...ask) =>
    ++writes === 1 ? patch(...ask) : Promise.resolve({ kind: "answered", status: 409, body: { code: "900278" } });
  const id = await submit(ADD(5));
  await run(3 * HOUR);
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "notRestored" } });
  expect(writes).toBe(1 + SETTINGS.maxSends);
});

test("somebody scheduled something else after the purchase: theirs stays", async () => {
  const { submit, queue, handle, runToTheEnd, change, partnerCenter } = world();
  const id = await submit(ADD(5));
  const pause = partnerCenter.pauseAt("afterWrite");
  const delivery = queue.deliverOne(handle);
  await pause.reached;
  partnerCenter.outsideSchedule(aSchedule(4));
  pause.release();
  await delivery;
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "replacedByOthers" } });
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(4));
});

test("the automatic renewal was switched off meanwhile, which voids the schedule: nothing is sent, and it is told", async () => {
  const { submit, runToTheEnd, change, partnerCenter, onceWritten } = world();
  onceWritten(() => partnerCenter.outsideAutoRenew(false));
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "notRestored" } });
  expect(partnerCenter.autoRenewOf()).toBe(false);
  expect(partnerCenter.scheduleWrites).toEqual([]);
});

test("suspended meanwhile: the purchase stands, the schedule is told as lost", async () => {
  const { submit, runToTheEnd, change, partnerCenter, onceWritten } = world();
  onceWritten(() => (partnerCenter.settings.status = "suspended"));
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { quantityAfter: 15, schedule: "notRestored" } });
  expect(change(id).outcome?.message).toContain("suspended");
});

test("a subscription that Microsoft does not show any more cannot make a bought change fail", async () => {
  const { submit, runToTheEnd, change, partnerCenter, onceWritten } = world();
  onceWritten(() => (partnerCenter.subscriptions.get = () => Promise.resolve(undefined)));
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "notRestored" } });
});

test("a read from before our purchase is not sent back with the schedule: the seats would go with it", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter, onceWritten } = world();
  onceWritten(() => partnerCenter.readFaults.push("stale", "stale"));
  const id = await submit(ADD(5));
  await run(SECOND);
  expect(change(id).state).toBe("Purchasing");
  expect(partnerCenter.bodies).toHaveLength(1);
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "restored" } });
  expect(partnerCenter.quantityOf()).toBe(15);
});

test("seats that somebody adds between the two writes are kept, and the schedule counts them", async () => {
  const { submit, runToTheEnd, change, partnerCenter, onceWritten } = world();
  onceWritten(() => partnerCenter.outsideChange(17));
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "restored", quantityAfter: 15 } });
  expect(partnerCenter.quantityOf()).toBe(17);
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(15));
});

test("a schedule that somebody made while ours was being proven not bought is the one set again", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter } = world();
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  const id = await submit(ADD(5));
  await run(MINUTE);
  const saved = change(id).savedSchedule;
  partnerCenter.outsideSchedule(aSchedule(4));
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", savedSchedule: saved, outcome: { schedule: "restored" } });
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(9));
});

test("an older schedule in a stale read is not taken for a newer one", async () => {
  const { submit, run, runToTheEnd, partnerCenter } = ledgerWorld();
  partnerCenter.outsideSchedule(aSchedule(4));
  partnerCenter.outsideSchedule(aSchedule(8));
  partnerCenter.writeFaults.push({ kind: "answer", status: 409, body: { code: "900278" } });
  await submit(ADD(5));
  await run(SECOND);
  partnerCenter.readFaults.push("stale");
  await runToTheEnd();
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(13));
});

test("what Microsoft kept by itself, a trial's conversion, is adjusted to the new seats", async () => {
  const { submit, runToTheEnd, change, partnerCenter, onceWritten } = world();
  onceWritten(() => partnerCenter.outsideSchedule(aSchedule(8)));
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "restored" } });
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(13));
});

test("a schedule that is there as it should be needs no write", async () => {
  const { submit, runToTheEnd, change, partnerCenter, onceWritten } = world();
  onceWritten(() => partnerCenter.outsideSchedule(aSchedule(13)));
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "restored" } });
  expect(partnerCenter.bodies).toHaveLength(1);
});

test("an availability that changed since it was scheduled is replaced by today's", async () => {
  const { submit, runToTheEnd, partnerCenter } = ledgerWorld();
  partnerCenter.outsideSchedule({ instructions: instructions(8, { availabilityId: "CFQ7TTC0OLD1" }) });
  await submit(ADD(5));
  await runToTheEnd();
  expect(partnerCenter.scheduleOf()).toEqual(aSchedule(13));
});

test("somebody's change between the read and the write of the schedule is told: the body carries the seats", async () => {
  const { submit, queue, handle, runToTheEnd, change, partnerCenter, auditActions, log } = world();
  const id = await submit(ADD(5));
  await queue.deliverOne(handle);
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const pause = partnerCenter.pauseAt("beforeWrite");
  const delivery = queue.deliverOne(handle);
  await pause.reached;
  partnerCenter.outsideChange(17);
  pause.release();
  await delivery;
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { finding: "overwroteExternalChange" } });
  expect(change(id).outcome?.message).toContain("from 15 to 17");
  expect(auditActions()).toContain("change.overwroteExternalChange");
  expect(log.lines.map(({ message }) => message)).toContain("a change overwrote what somebody else had done");
});

test("two workers that take the second step at once set the schedule once", async () => {
  const { submit, queue, handle, runToTheEnd, change, partnerCenter } = world();
  const id = await submit(ADD(5));
  await queue.deliverOne(handle);
  expect(stepsOf(change(id))).toEqual(["write done", "restoreSchedule open"]);
  const [message] = queue.waiting();
  await Promise.all([handle(message!), handle(message!), handle(message!)]);
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { schedule: "restored" } });
  expect(partnerCenter.bodies).toHaveLength(2);
});

test("nobody can cancel, fail or retry a change whose seats are bought", async () => {
  const { submit, queue, handle, change } = world();
  const id = await submit(ADD(5));
  await queue.deliverOne(handle);
  const halfDone = change(id);
  expect(() => cancelled({ ...halfDone, state: "PendingPurchase" }, { code: "cancelled", message: "" }, START)).toThrow(
    "cannot be cancelled",
  );
  expect(failed(halfDone, "anything", "No.", START).change.state).toBe("Completed");
  expect(parked(halfDone, "throttled", START, MINUTE)).toMatchObject({ change: { state: "Purchasing" }, lane: "keep" });
  expect(postponed(halfDone, "busy", START, MINUTE)).toMatchObject({ change: { state: "Purchasing" }, lane: "keep" });
});
