import type { BookEntry } from "../../local/partner-center-simulator/world";
import { startPausableProxy, type PausableProxy } from "./pausable-proxy";
import { startSystem, until, type RunningSystem } from "./running-system";

/**
 * kill -9 of the Functions host with 20 changes on 5 subscriptions, at the worst moments. What counts is what the
 * simulator's own books say.
 */
jest.setTimeout(240_000);

const SUBSCRIPTIONS = 5;
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
  const { ids, seatsBefore } = await submitTwenty();
  await until(() => hold.holding >= 3, "three writes are held");
  await system.platform.host?.kill();
  // Microsoft carries them out now, but nobody is there to hear the answers.
  faults.clear(hold.id);
  await system.platform.host?.restart();
  await expectEachDoneOnce(ids, seatsBefore);
});

test("killed after Microsoft's answer, before it is saved: each change is done exactly once", async () => {
  system = await startSystem({ settings: throughProxy });
  const { faults } = system.platform.simulator.simulation;
  const hold = faults.add({ kind: "holdAfter", route: "writes", count: null });
  const { ids, seatsBefore } = await submitTwenty();
  await until(() => hold.holding >= 3, "three writes are applied, their answers held");
  proxy?.pause();
  faults.clear(hold.id);
  await until(() => (proxy?.held() ?? 0) > 0, "the host tries to save what it heard");
  await system.platform.host?.kill();
  proxy?.resume();
  await system.platform.host?.restart();
  await expectEachDoneOnce(ids, seatsBefore);
});

test("killed with most changes not started and the sent ones lost: each change is done exactly once", async () => {
  system = await startSystem();
  const { faults } = system.platform.simulator.simulation;
  const hold = faults.add({ kind: "holdBefore", route: "writes", count: null });
  const { ids, seatsBefore } = await submitTwenty();
  await until(() => hold.holding >= 1, "a write is held");
  const notStarted = (await system.changes()).filter((change) => change.state === "PendingPurchase");
  expect(notStarted.length).toBeGreaterThanOrEqual(5);
  await system.platform.host?.kill();
  faults.add({ kind: "dropBefore", route: "writes", count: hold.holding });
  faults.clear(hold.id);
  await system.platform.host?.restart();
  await expectEachDoneOnce(ids, seatsBefore);
});

/** Puts a proxy between the host and its tables. */
async function throughProxy(usual: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const storage = usual["STATE_STORAGE"] ?? "";
  const port = /TableEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(storage)?.[1] ?? "";
  proxy = await startPausableProxy(Number(port));
  return { STATE_STORAGE: storage.replace(`:${port}/`, `:${proxy.port}/`) };
}

async function submitTwenty(): Promise<{ ids: string[]; seatsBefore: Map<string, number> }> {
  const chosen = (await system.buyable()).slice(0, SUBSCRIPTIONS);
  expect(chosen).toHaveLength(SUBSCRIPTIONS);
  const seatsBefore = new Map(chosen.map((id) => [id, seats(id)]));
  const ids = await system.addSeats(chosen, ROUNDS);
  expect(new Set(ids).size).toBe(SUBSCRIPTIONS * ROUNDS);
  return { ids, seatsBefore };
}

function seats(subscriptionId: string): number {
  const found = system.platform.simulator.simulation.world.subscriptions.get(subscriptionId);
  if (!found) throw new Error(`The simulator has no subscription ${subscriptionId}.`);
  return found.resource.quantity;
}

function effectiveWrites(): BookEntry[] {
  const { books } = system.platform.simulator.simulation.world;
  return books.filter((entry) => entry.origin === "api" && entry.effective);
}

async function expectEachDoneOnce(ids: readonly string[], seatsBefore: ReadonlyMap<string, number>): Promise<void> {
  const changes = await system.settle(120);
  expect(changes.filter((change) => change.state !== "Completed")).toEqual([]);
  expect(changes.map((change) => change.id).sort()).toEqual([...ids].sort());
  const writes = effectiveWrites();
  expect(writes.map((write) => write.effects.map((effect) => effect.delta))).toEqual(ids.map(() => [1]));
  // Each effective write belongs to a change of its own, by the request id the change stored before sending.
  const owners = writes.map(
    (write) => changes.find((c) => c.attempts.some((a) => a.requestId === write.requestId))?.id,
  );
  expect(new Set(owners)).toEqual(new Set(ids));
  for (const [id, before] of seatsBefore) expect(seats(id)).toBe(before + ROUNDS);
}
