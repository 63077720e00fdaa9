import { subscription } from "../http/steps";
import { effectiveWrites } from "./each-done-once";
import { startSystem, until, type RunningSystem } from "./running-system";

/**
 * kill -9 of the Functions host after the seats were bought, which deletes what was scheduled for the renewal at
 * Microsoft, and before that was set again. What counts is what the simulator's own books say.
 */
jest.setTimeout(240_000);

/** Twelve seats, to be renewed with ten. */
const SCHEDULED = subscription(3);

let system: RunningSystem;
beforeEach(async () => {
  system = await startSystem();
});
afterEach(() => system.close());

test.each([
  ["before it is sent again: it never arrives", "dropBefore"],
  ["after it was sent again: Microsoft carries it out, and nobody hears of it", undefined],
] as const)("killed %s; the schedule is there in the end, and nothing is bought twice", async (_when, lost) => {
  const { simulator, host } = system.platform;
  const { faults } = simulator.simulation;
  expect(scheduled()).toMatchObject({ quantity: 10 });
  const hold = faults.add({ kind: "holdBefore", route: "writes", skip: 1, count: null, subscriptionId: SCHEDULED });
  const [id] = await system.addSeats([SCHEDULED], 3);
  await until(() => hold.holding === 1, "the write of the schedule is held");
  expect(effectiveWrites(system)).toHaveLength(1);
  expect(scheduled()).toBeUndefined();
  await host?.kill();
  if (lost) faults.add({ kind: lost, route: "writes", subscriptionId: SCHEDULED });
  faults.clear(hold.id);
  await host?.restart();

  const changes = await system.settle(120);
  expect(changes.map(({ state }) => state)).toEqual(["Completed", "Completed", "Completed"]);
  expect(effectiveWrites(system).map(({ effects }) => effects.map(({ delta }) => delta))).toEqual([[1], [1], [1]]);
  expect(scheduled()).toMatchObject({ quantity: 13 });
  const restored = changes.find((change) => change.id === id)?.attempts ?? [];
  expect(restored.filter(({ state }) => state === "applied")).toHaveLength(2);
});

function scheduled(): unknown {
  const { subscriptions } = system.platform.simulator.simulation.world;
  return subscriptions.get(SCHEDULED)?.resource.scheduledNextTermInstructions ?? undefined;
}
