import { isFinal } from "../../../shared/domain/changes/change";
import { MINUTE } from "../../build/ids";
import type { WriteFault } from "../../fakes/fake-partner-center";
import { ledgerWorld } from "../../fakes/ledger-world";
import type { CrashPlan } from "../../fakes/process";

const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });

/** Two changes of one subscription, the first write meeting a fault, one process dying at the planned call. */
async function runWithCrash(fault: WriteFault | undefined, plan: CrashPlan | undefined) {
  const world = ledgerWorld();
  const ids = [await world.submit(ADD(5)), await world.submit(ADD(3))];
  if (fault) world.partnerCenter.writeFaults.push(fault);
  world.counter.calls = 0;
  world.counter.plan = plan;
  await world.runToTheEnd();
  // Messages that the crash kept back are the sweeper's.
  await world.run(MINUTE);
  return { ...world, ids };
}

const FAULTS: [string, WriteFault | undefined][] = [
  ["answered", undefined],
  ["bought, the answer lost", { kind: "lostAfter" }],
  ["lost on the way", { kind: "lostBefore" }],
  ["accepted, applied later", { kind: "late", ms: MINUTE }],
  ["busy", { kind: "answer", status: 409, body: { code: "900278" } }],
];

/** Runs per fault: longer stories, which are mostly the sweeper looking around, are sampled over their whole length. */
const RUNS = 40;

test.each(FAULTS)("%s: whichever call a process dies at, two purchases are made once each", async (_name, fault) => {
  const { calls } = (await runWithCrash(fault, undefined)).counter;
  for (let call = 1; call <= calls; call += Math.ceil(calls / RUNS)) {
    await expectTwoPurchases(fault, { call, when: "before" });
  }
});

test("a process that dies right after a call has done its work makes no difference either", async () => {
  const { counter } = await runWithCrash(undefined, undefined);
  for (let call = 1; call <= counter.calls; call++) await expectTwoPurchases(undefined, { call, when: "after" });
});

async function expectTwoPurchases(fault: WriteFault | undefined, plan: CrashPlan): Promise<void> {
  const { ids, change, lane, partnerCenter, unsent, auditBreaks } = await runWithCrash(fault, plan);
  const story = {
    plan,
    states: ids.map((id) => change(id).state),
    seats: partnerCenter.quantityOf(),
    writes: partnerCenter.effectiveWrites().length,
    lane: lane().changeId,
    unsent: unsent(),
    breaks: await auditBreaks(),
  };
  const states = ["Completed", "Completed"];
  expect(story).toEqual({ plan, states, seats: 18, writes: 2, lane: undefined, unsent: [], breaks: [] });
}

test("a crash between the claim and the intent: the claim is carried on", async () => {
  const { submit, queue, handle, clock, change, partnerCenter, deliverDue } = ledgerWorld();
  const id = await submit();
  partnerCenter.readFaults.push(new TypeError("a mistake of ours"));
  await queue.deliverOne(handle);
  expect(change(id)).toMatchObject({ state: "Purchasing", claims: 1, steps: [] });
  await clock.advance(MINUTE);
  await deliverDue();
  expect(change(id)).toMatchObject({ state: "Completed", claims: 1 });
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("a crash between the intent and the sending: nothing is sent before the proof that nothing was", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter } = ledgerWorld();
  const patch = partnerCenter.writer.patch;
  const id = await submit();
  partnerCenter.writer.patch = () => {
    partnerCenter.writer.patch = patch;
    throw new Error("the process died");
  };
  await run(16 * MINUTE);
  expect(change(id).state).toBe("Purchasing");
  expect(partnerCenter.books).toEqual([]);
  await runToTheEnd();
  expect(change(id).steps[0]?.attempts.map(({ state }) => state)).toEqual(["notApplied", "applied"]);
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("a crash between the sending and the saving: the purchase is found in Microsoft's records", async () => {
  const { submit, run, change, partnerCenter } = ledgerWorld();
  const patch = partnerCenter.writer.patch.bind(partnerCenter.writer);
  const id = await submit();
  partnerCenter.writer.patch = async (...ask) => {
    await patch(...ask);
    partnerCenter.writer.patch = patch;
    throw new Error("the process died");
  };
  await run(3 * MINUTE);
  expect(change(id)).toMatchObject({ state: "Completed", steps: [{ attempts: [{ proof: { by: "auditRecord" } }] }] });
  expect(change(id).steps[0]?.attempts[0]).not.toHaveProperty("answer");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("storage that fails now and then costs time, never a purchase", async () => {
  for (let nth = 1; nth <= 12; nth++) {
    for (const lost of ["before", "after"] as const) {
      const world = ledgerWorld();
      const ids = [await world.submit(ADD(5)), await world.submit(ADD(3))];
      const commit = world.store.commit.bind(world.store);
      let count = 0;
      world.store.commit = async (...ask) => {
        // Three in a row are an outage for the one who asks.
        const fails = ++count >= nth && count < nth + 3;
        if (fails && lost === "before") throw new Error("storage is down");
        const result = await commit(...ask);
        if (fails) throw new Error("the answer was lost");
        return result;
      };
      await world.runToTheEnd();
      expect(ids.every((id) => isFinal(world.change(id).state))).toBe(true);
      expect([nth, lost, world.partnerCenter.quantityOf(), world.partnerCenter.effectiveWrites().length]).toEqual([
        nth,
        lost,
        18,
        2,
      ]);
      expect(await world.auditBreaks()).toEqual([]);
    }
  }
});
