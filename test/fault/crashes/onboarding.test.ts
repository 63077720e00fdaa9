import { MSP_PARTITION, tenantPartition } from "../../../shared/domain/decisions/head";
import { TenantId, type BatchId } from "../../../shared/domain/access/ids";
import { MINUTE } from "../../build/ids";
import { cspCustomerId, onboardingWorld } from "../../fakes/onboarding-world";
import type { CrashPlan } from "../../fakes/process";

/** Two slices. */
const COUNT = 20;
const numbered = (count: number) => Array.from({ length: count }, (_, index) => cspCustomerId(index + 1));
const ids = numbered(COUNT);

/** So many customers are onboarded; one process dies at the planned call, and others take over. */
async function runWithCrash(count: number, plan: CrashPlan | undefined) {
  const world = onboardingWorld(count);
  world.counter.plan = plan;
  const apply = (): Promise<BatchId> => world.apply(numbered(count));
  // Whoever gets no answer sends the request again, with the same key.
  const batchId = await apply().catch(apply);
  await world.run(5 * MINUTE);
  return { ...world, batchId };
}

/** What must be the same in every run, wherever the crash was. */
async function storyOf(count: number, plan: CrashPlan | undefined) {
  const world = await runWithCrash(count, plan);
  const ids = numbered(count);
  const { batch, items } = await world.batch(world.batchId);
  const rows = [...world.store.dump(MSP_PARTITION).keys()];
  const partitions = [MSP_PARTITION, ...ids.map((id) => tenantPartition(TenantId.parse(id)))];
  const breaks = await Promise.all(partitions.map((partition) => world.auditBreaks(partition)));
  return {
    plan,
    state: batch.state,
    counts: batch.counts,
    outcomes: new Set(items.map(({ outcome, steps }) => `${outcome} ${steps?.join("+") ?? ""}`)),
    tenantActions: new Set(ids.map((id) => world.actionsOf(id).join())),
    customers: rows.filter((row) => row.startsWith("customer_")).length,
    uses: rows.filter((row) => row.startsWith("use_")).length,
    batches: world.audit(MSP_PARTITION).filter(({ action }) => action === "onboarding.start").length,
    ends: world.audit(MSP_PARTITION).filter(({ action }) => action === "onboarding.finish").length,
    synced: new Set(world.synced).size,
    unsent: partitions
      .flatMap((partition) => [...world.store.dump(partition).keys()])
      .filter((row) => row.startsWith("outbox_")),
    breaks: breaks.flat(),
  };
}

const expected = (count: number, plan: CrashPlan | undefined): unknown => ({
  plan,
  state: "Finished",
  counts: { connected: count, alreadyConnected: 0, failed: 0 },
  outcomes: new Set(["connected registerTenant+addTenant+connect"]),
  tenantActions: new Set(["tenant.register,tenant.add,connection.create"]),
  ...{ customers: count, uses: count, batches: 1, ends: 1, synced: count, unsent: [], breaks: [] },
});

/** Runs of the long story: every so many of its calls. */
const SAMPLES = 25;

describe.each(["before", "after"] as const)("a process dies %s one of its calls", (when) => {
  test("whichever it is, two tenants are onboarded once, and both items are answered", async () => {
    const { counter } = await runWithCrash(2, undefined);
    expect(counter.calls).toBeGreaterThan(60);
    for (let call = 1; call <= counter.calls; call++) {
      const plan = { call, when };
      expect(await storyOf(2, plan)).toEqual(expected(2, plan));
    }
  }, 60_000);

  test("here and there in a batch of two slices: the other slice is not done again", async () => {
    const { counter } = await runWithCrash(COUNT, undefined);
    for (let call = 1; call <= counter.calls; call += Math.ceil(counter.calls / SAMPLES)) {
      const plan = { call, when };
      expect(await storyOf(COUNT, plan)).toEqual(expected(COUNT, plan));
    }
  }, 60_000);
});

test("storage that fails now and then costs time, and nothing is done twice", async () => {
  for (let nth = 1; nth <= 12; nth++) {
    for (const lost of ["before", "after"] as const) {
      const world = onboardingWorld(COUNT);
      const batchId = await world.apply(ids);
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
      await world.run(30 * MINUTE);
      const { batch } = await world.batch(batchId);
      expect([nth, lost, batch.state, batch.counts]).toEqual([
        ...[nth, lost, "Finished"],
        { connected: COUNT, alreadyConnected: 0, failed: 0 },
      ]);
      expect(new Set(ids.map((id) => world.actionsOf(id).join()))).toEqual(
        new Set(["tenant.register,tenant.add,connection.create"]),
      );
    }
  }
}, 60_000);

test("a message delivered three times at once is one slice's work", async () => {
  const world = onboardingWorld(COUNT);
  const batchId = await world.apply(ids);
  const [message] = world.queue.waiting();
  await Promise.all([world.handle(message!), world.handle(message!), world.handle(message!)]);
  await world.run(MINUTE);
  expect((await world.batch(batchId)).batch.counts).toEqual({ connected: COUNT, alreadyConnected: 0, failed: 0 });
  expect(new Set(ids.map((id) => world.actionsOf(id).join()))).toEqual(
    new Set(["tenant.register,tenant.add,connection.create"]),
  );
});

test("a message that comes again after its slice is done does nothing", async () => {
  const world = onboardingWorld(COUNT);
  await world.apply(ids);
  const [message] = world.queue.waiting();
  await world.run(MINUTE);
  const before = world.audit(MSP_PARTITION).length;
  const calls = world.partnerCenter.calls;
  await world.handle(message!);
  expect([world.audit(MSP_PARTITION).length, world.partnerCenter.calls]).toEqual([before, calls]);
});
