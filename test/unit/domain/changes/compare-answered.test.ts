import { AppError } from "../../../../shared/errors";
import { compareAnswered, ComparePointer } from "../../../../shared/domain/changes/compare-answered";
import { changeId, HOUR, MINUTE, TENANT } from "../../../build/ids";
import { aSchedule } from "../../../build/schedule";
import { ledgerWorld } from "../../../fakes/ledger-world";

const ADD = { ask: { kind: "add" as const, delta: 5 } };

/** A purchase between whose read and write somebody else buys two seats; its answer arrives. */
async function overtaken(differing = {}, seats = 12) {
  const world = ledgerWorld();
  const pause = world.partnerCenter.pauseAt("beforeWrite");
  const id = await world.submit({ ...ADD, ...differing });
  const delivering = world.deliverDue();
  await pause.reached;
  world.partnerCenter.outsideChange(seats);
  pause.release();
  await delivering;
  return { ...world, id, ...comparisonsOf(world) };
}

function comparisonsOf({ announced, startProcess }: ReturnType<typeof ledgerWorld>) {
  const comparisons = () => announced.filter(({ body }) => "comparedChangeId" in body);
  return {
    comparisons,
    /** Handles the newest message, and says how many there are then. */
    compare: async (): Promise<number> => {
      await compareAnswered(startProcess(), ComparePointer.parse(comparisons().at(-1)?.body));
      return comparisons().length;
    },
  };
}

test("an answered purchase that went over somebody else's seats says so as soon as the record can be read", async () => {
  const { id, change, compare, comparisons, clock, auditEntries, auditBreaks, log, lane } = await overtaken();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { message: "Seats changed from 10 to 15." } });
  const [message] = comparisons();
  expect(message).toMatchObject({ queue: "sync", notBefore: new Date(clock.nowMs() + 15 * MINUTE).toISOString() });
  const before = lane();

  await clock.advance(15 * MINUTE);
  expect(await compare()).toBe(1);
  expect(change(id)).toMatchObject({
    state: "Completed",
    outcome: {
      finding: "overwroteExternalChange",
      quantityBefore: 12,
      quantityAfter: 15,
      message:
        "The seats were changed from 10 to 12 by somebody else between our read and our write, which then set 15.",
    },
    steps: [{ attempts: [{ from: 10, to: 15, found: { quantity: 12 }, proof: { by: "answer" } }] }],
  });
  expect(auditEntries().at(-1)).toMatchObject({
    action: "change.overwroteExternalChange",
    changeId: id,
    after: { read: 10, found: { quantity: 12 }, wrote: 15 },
  });
  expect(log.lines.map(({ message }) => message)).toContain("a change overwrote what somebody else had done");
  expect(lane()).toEqual(before);
  expect(await auditBreaks()).toEqual([]);
});

test("where somebody else had set the very number, ours changed nothing, and that is told without a record of ours", async () => {
  const { id, change, compare, clock, partnerCenter } = await overtaken({}, 15);
  expect(partnerCenter.effectiveWrites()).toEqual([]);
  await clock.advance(15 * MINUTE);
  expect(await compare()).toBe(1);
  expect(change(id).outcome).toMatchObject({
    finding: "overwroteExternalChange",
    quantityBefore: 15,
    quantityAfter: 15,
    message:
      "The seats were changed from 10 to 15 by somebody else between our read and our write, which changed nothing.",
  });
});

test("a message that comes twice tells it once", async () => {
  const { compare, auditActions, clock } = await overtaken();
  await clock.advance(15 * MINUTE);
  await compare();
  await compare();
  expect(auditActions().filter((action) => action === "change.overwroteExternalChange")).toHaveLength(1);
});

test("where all was as read, nothing is stored", async () => {
  const world = ledgerWorld();
  const { compare, comparisons } = comparisonsOf(world);
  const id = await world.submit(ADD);
  await world.deliverDue();
  const before = world.auditActions();
  await world.clock.advance(15 * MINUTE);
  expect(await compare()).toBe(1);
  expect(world.auditActions()).toEqual(before);
  expect(world.change(id).outcome?.finding).toBeUndefined();
  expect(comparisons()).toHaveLength(1);
});

test("the record comes late, or cannot be read: it is looked for again, with growing pauses", async () => {
  const { partnerCenter, compare, comparisons, clock, change, id, msp } = await overtaken();
  partnerCenter.settings.recordDelayMs = HOUR;
  msp.isAuthorized = false;
  expect(await compare()).toBe(2);
  msp.isAuthorized = true;
  partnerCenter.historyFaults.push(new AppError("upstream", "upstreamError", "Partner Center does not answer."));
  expect(await compare()).toBe(3);
  const pauses = comparisons().map(({ notBefore = "" }) => Date.parse(notBefore) - clock.nowMs());
  expect(pauses).toEqual([15 * MINUTE, 30 * MINUTE, HOUR]);
  await clock.advance(HOUR);
  expect(await compare()).toBe(3);
  expect(change(id).outcome?.finding).toBe("overwroteExternalChange");
});

test("a record that never comes is given up after a day, and said in the log", async () => {
  const world = ledgerWorld();
  const { compare, comparisons } = comparisonsOf(world);
  world.partnerCenter.settings.recordsOfLedger = false;
  await world.submit(ADD);
  await world.deliverDue();
  for (let look = 1; look < 7; look++) expect(await compare()).toBe(look + 1);
  expect(Date.parse(comparisons().at(-1)?.notBefore ?? "") - world.clock.nowMs()).toBeLessThanOrEqual(24 * HOUR);
  expect(await compare()).toBe(7);
  expect(world.log.lines.map(({ message }) => message)).toContain(
    "Microsoft has no record of a change it has confirmed",
  );
});

test("what was said of the renewal schedule stays beside the finding", async () => {
  const world = ledgerWorld();
  world.partnerCenter.outsideSchedule(aSchedule(20));
  const pause = world.partnerCenter.pauseAt("beforeWrite");
  const id = await world.submit(ADD);
  const delivering = world.deliverDue();
  await pause.reached;
  world.partnerCenter.outsideChange(12);
  pause.release();
  await delivering;
  await world.runToTheEnd();
  const { compare } = comparisonsOf(world);
  await compare();
  expect(world.change(id).outcome).toMatchObject({ finding: "overwroteExternalChange", schedule: "restored" });
  expect(world.change(id).outcome?.message).toMatch(/which then set 15\. The change .* was set again\.$/);
});

test("a change nobody knows is passed over", async () => {
  const world = ledgerWorld();
  await compareAnswered(world.startProcess(), { tenantId: TENANT, comparedChangeId: changeId(77), looks: 0 });
  expect(world.announced).toEqual([]);
});
