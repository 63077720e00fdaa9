import { expectEachDoneOnce, submitRounds } from "./each-done-once";
import { startPausableProxy, type PausableProxy } from "./pausable-proxy";
import { startSystem, until, type RunningSystem } from "./running-system";

/**
 * kill -9 of the Functions host with 20 changes on 5 subscriptions, at the worst moments. What counts is what the
 * simulator's own books say.
 */
jest.setTimeout(240_000);

/** Of five changes each. */
const ROUNDS = 4;

let system: RunningSystem;
let proxy: PausableProxy | undefined;
afterEach(async () => {
  await system.close();
  await proxy?.close();
  proxy = undefined;
});

test("killed between the stored intent and Microsoft's answer: each change is done exactly once", async () => {
  system = await startSystem();
  const { faults } = system.platform.simulator.simulation;
  const hold = faults.add({ kind: "holdBefore", route: "writes", count: null });
  const submitted = await submitRounds(system, ROUNDS);
  await until(() => hold.holding >= 3, "three writes are held");
  await system.platform.host?.kill();
  // Microsoft carries them out now, but nobody is there to hear the answers.
  faults.clear(hold.id);
  await system.platform.host?.restart();
  await expectEachDoneOnce(system, submitted);
});

test("killed after Microsoft's answer, before it is saved: each change is done exactly once", async () => {
  system = await startSystem({ settings: throughProxy });
  const { faults } = system.platform.simulator.simulation;
  const hold = faults.add({ kind: "holdAfter", route: "writes", count: null });
  const submitted = await submitRounds(system, ROUNDS);
  await until(() => hold.holding >= 3, "three writes are applied, their answers held");
  proxy?.pause();
  faults.clear(hold.id);
  await until(() => (proxy?.held() ?? 0) > 0, "the host tries to save what it heard");
  await system.platform.host?.kill();
  proxy?.resume();
  await system.platform.host?.restart();
  await expectEachDoneOnce(system, submitted);
});

test("killed with most changes not started and the sent ones lost: each change is done exactly once", async () => {
  system = await startSystem();
  const { faults } = system.platform.simulator.simulation;
  const hold = faults.add({ kind: "holdBefore", route: "writes", count: null });
  const submitted = await submitRounds(system, ROUNDS);
  await until(() => hold.holding >= 1, "a write is held");
  const notStarted = (await system.changes()).filter((change) => change.state === "PendingPurchase");
  expect(notStarted.length).toBeGreaterThanOrEqual(5);
  await system.platform.host?.kill();
  faults.add({ kind: "dropBefore", route: "writes", count: hold.holding });
  faults.clear(hold.id);
  await system.platform.host?.restart();
  await expectEachDoneOnce(system, submitted);
});

/** Puts a proxy between the host and its tables. */
async function throughProxy(usual: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const storage = usual["STATE_STORAGE"] ?? "";
  const port = /TableEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(storage)?.[1] ?? "";
  proxy = await startPausableProxy(Number(port));
  return { STATE_STORAGE: storage.replace(`:${port}/`, `:${proxy.port}/`) };
}
