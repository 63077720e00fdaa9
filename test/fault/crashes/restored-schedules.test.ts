import { MINUTE } from "../../build/ids";
import { aSchedule } from "../../build/schedule";
import type { WriteFault } from "../../fakes/fake-partner-center";
import { ledgerWorld } from "../../fakes/ledger-world";
import type { CrashPlan } from "../../fakes/process";

const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });

describe("whatever a process dies at", () => {
  /** One change with a schedule and one without after it, the write with this number meeting a fault. */
  async function runWithCrash(fault: { nth: number; fault: WriteFault } | undefined, plan: CrashPlan | undefined) {
    const ledger = ledgerWorld();
    const { partnerCenter, submit, counter } = ledger;
    partnerCenter.addBatch(4);
    partnerCenter.outsideSchedule(aSchedule(8));
    const patch = partnerCenter.writer.patch.bind(partnerCenter.writer);
    let writes = 0;
    partnerCenter.writer.patch = (...ask) => {
      if (++writes === fault?.nth) partnerCenter.writeFaults.push(fault.fault);
      return patch(...ask);
    };
    const ids = [await submit(ADD(5)), await submit(ADD(-2))];
    counter.calls = 0;
    counter.plan = plan;
    await ledger.runToTheEnd();
    await ledger.run(MINUTE);
    return { ...ledger, ids };
  }

  /** Runs per story: most calls of long ones are the sweeper's. */
  const RUNS = 20;
  const STORIES: [string, { nth: number; fault: WriteFault } | undefined][] = [
    ["all is answered", undefined],
    ["the answer to the seats is lost", { nth: 1, fault: { kind: "lostAfter" } }],
    ["the answer to the schedule is lost", { nth: 2, fault: { kind: "lostAfter" } }],
    ["the schedule is lost on the way", { nth: 2, fault: { kind: "lostBefore" } }],
    ["the schedule is accepted and applied later", { nth: 2, fault: { kind: "late", ms: MINUTE } }],
  ];

  test.each(STORIES)("%s: seats are changed once each, and the schedule is there in the end", async (_name, fault) => {
    const { calls } = (await runWithCrash(fault, undefined)).counter;
    for (const when of ["before", "after"] as const) {
      for (let call = 1; call <= calls; call += Math.ceil(calls / RUNS)) {
        const { ids, change, lane, partnerCenter, unsent, auditBreaks } = await runWithCrash(fault, { call, when });
        expect({
          plan: { call, when },
          states: ids.map((id) => change(id).state),
          schedules: ids.map((id) => change(id).outcome?.schedule),
          seats: partnerCenter.quantityOf(),
          writes: partnerCenter.effectiveWrites().length,
          scheduled: partnerCenter.scheduleOf(),
          lane: lane().changeId,
          unsent: unsent(),
          breaks: await auditBreaks(),
        }).toEqual({
          ...{ plan: { call, when }, states: ["Completed", "Completed"], schedules: ["restored", "restored"] },
          ...{ seats: 13, writes: 2, scheduled: aSchedule(13), lane: undefined, unsent: [], breaks: [] },
        });
      }
    }
  });
});
