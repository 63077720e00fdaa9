import { TENANT } from "../../build/ids";
import { aRequest, OTHER_RESELLER } from "../../build/tenant";
import { connectedWorld, ENDINGS, type Ending } from "../../fakes/connected-world";
import type { CrashPlan } from "../../fakes/process";
import { MINUTE } from "../../build/ids";

/** More than one transaction cancels. */
const CHANGES = 33;
const OWN_ACTION = { removed: "connection.delete", left: "tenant.disconnect", replaced: "connection.update" };

/** A connection is ended while changes wait, and the process dies at the planned call. */
async function runWithCrash(ending: Ending, plan: CrashPlan | undefined) {
  const world = await connectedWorld();
  const ids = await world.waiting(CHANGES);
  await world.deliverDue();
  const etag = world.etagNow();
  const request = aRequest("end");
  world.counter.calls = 0;
  world.counter.plan = plan;
  const died = await world.end(ending, request, etag).then(
    () => false,
    () => true,
  );
  const { calls } = world.counter;
  world.counter.plan = undefined;
  return { ...world, ids, calls, died, repeat: () => world.end(ending, request, etag) };
}
type Run = Awaited<ReturnType<typeof runWithCrash>>;

async function storyOf(run: Run, ending: Ending) {
  const { connection, inModule, disconnecting } = run.tenant();
  const closing = run.head();
  return {
    reseller: connection?.resellerId,
    ...{ inModule, disconnecting },
    ...{ head: closing.connection, open: closing.openChanges.length },
    states: [...new Set(run.states())],
    cancelled: run.cancelledInLog().sort(),
    ended: run.auditActions().filter((action) => action === OWN_ACTION[ending]).length,
    uses: await run.uses(),
    ...{ unsent: run.unsent(), breaks: await run.auditBreaks() },
  };
}

/** How it must stand after an ending, however it came about. */
function ended(run: Run, ending: Ending) {
  const replaced = ending === "replaced";
  return {
    reseller: replaced ? OTHER_RESELLER : undefined,
    ...{ inModule: ending !== "left", disconnecting: undefined },
    ...{ head: replaced ? "Connected" : undefined, open: 0 },
    states: ["Cancelled"],
    cancelled: [...run.ids].sort(),
    ended: 1,
    uses: [false, replaced],
    ...{ unsent: [], breaks: [] },
  };
}

/** Every seventh call is one that a process dies at: each of them would take a minute. */
const STEP = 7;

describe.each(ENDINGS)("a connection is %s", (ending) => {
  test("and every open change is cancelled once, with its entry in the audit log", async () => {
    const run = await runWithCrash(ending, undefined);
    await run.run(MINUTE);
    expect(await storyOf(run, ending)).toEqual(ended(run, ending));
    expect(run.changes()[0]).toMatchObject({ outcome: { code: "connectionRemoved" } });
  });

  test.each(["before", "after"] as const)(
    "by a process that dies %s whichever call: the same request again ends it",
    async (when) => {
      const { calls } = await runWithCrash(ending, undefined);
      for (let call = 1; call <= calls; call += STEP) {
        const run = await runWithCrash(ending, { call, when });
        await run.repeat();
        await run.run(MINUTE);
        expect({ call, ...(await storyOf(run, ending)) }).toEqual({ call, ...ended(run, ending) });
      }
    },
  );

  test("by a process that dies and nobody asks again: the sweeper ends it, or it never began", async () => {
    const { calls } = await runWithCrash(ending, undefined);
    let untouched = 0;
    for (let call = 1; call <= calls; call += STEP) {
      const run = await runWithCrash(ending, { call, when: "before" });
      await run.run(2 * MINUTE);
      const story = await storyOf(run, ending);
      if (run.tenant().connection && story.open > 0) {
        untouched++;
        expect(story).toMatchObject({ head: "Connected", disconnecting: undefined, cancelled: [], ended: 0 });
      } else expect({ call, ...story }).toEqual({ call, ...ended(run, ending) });
    }
    expect(untouched).toBeGreaterThan(0);
    expect(untouched).toBeLessThan(calls / STEP / 2);
  });
});

test("a request that was answered and comes again is answered again, and ends nothing twice", async () => {
  const run = await runWithCrash("removed", undefined);
  const before = run.auditActions().length;
  await run.repeat();
  expect(run.auditActions()).toHaveLength(before);
  expect(run.tenant().tenantId).toBe(TENANT);
});
