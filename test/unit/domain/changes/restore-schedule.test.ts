import type { Change } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import { HOUR, MINUTE, SECOND } from "../../../build/ids";
import { aSchedule } from "../../../build/schedule";
import type { WriteFault } from "../../../fakes/fake-partner-center";
import { ledgerWorld } from "../../../fakes/ledger-world";

const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });

/** A subscription of ten seats that is to be renewed with eight. */
function world() {
  const ledger = ledgerWorld();
  ledger.partnerCenter.outsideSchedule(aSchedule(8));
  return ledger;
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
  const { submit, runToTheEnd, change, partnerCenter } = world();
  const { writer } = partnerCenter;
  const patch = writer.patch.bind(writer);
  writer.patch = async (...ask) => {
    const answer = await patch(...ask);
    writer.patch = patch;
    partnerCenter.writeFaults.push(fault);
    return answer;
  };
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
  const { submit, run, runToTheEnd, change, lane, msp, partnerCenter } = world();
  const { writer } = partnerCenter;
  const patch = writer.patch.bind(writer);
  writer.patch = async (...ask) => {
    writer.patch = patch;
    const answer = await patch(...ask);
    msp.writeMode = "off";
    return answer;
  };
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
  const { submit, runToTheEnd, change, lane, partnerCenter, auditActions, log } = world();
  const { writer } = partnerCenter;
  const patch = writer.patch.bind(writer);
  writer.patch = async (...ask) => {
    const answer = await patch(...ask);
    writer.patch = patch;
    partnerCenter.writeFaults.push({ kind: "answer", status: 404, body: { code: 400019, description: "Gone." } });
    return answer;
  };
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
