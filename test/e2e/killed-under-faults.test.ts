import type { FaultInput } from "../../local/partner-center-simulator/faults";
import { effectiveWrites, expectEachDoneOnce, submitRounds } from "./each-done-once";
import { startSystem, until, type RunningSystem } from "./running-system";

jest.setTimeout(300_000);

let system: RunningSystem;
afterEach(() => system.close());

/** Of everything that can go wrong with a call, a few each, spread over the first fifty writes and their reads. */
const ACCIDENTS: FaultInput[] = [
  { kind: "dropAfter", route: "writes", count: 3, skip: 2 },
  { kind: "dropBefore", route: "writes", count: 3, skip: 7 },
  { kind: "errorAfter", route: "writes", count: 2, skip: 12, status: 503 },
  { kind: "errorBefore", route: "writes", count: 2, skip: 17 },
  { kind: "busy", route: "writes", count: 3, skip: 22 },
  { kind: "throttle", route: "writes", count: 2, skip: 28, seconds: 5 },
  { kind: "slowApply", route: "writes", count: 2, skip: 32, seconds: 40 },
  { kind: "slowApply", route: "writes", count: 1, skip: 36, lost: true },
  { kind: "staleRead", route: "reads", count: 4, skip: 20, seconds: 30 },
];

test("fifty changes, with the host killed twice amid lost answers, errors and throttling: each is done exactly once", async () => {
  system = await startSystem();
  const { faults } = system.platform.simulator.simulation;
  for (const accident of ACCIDENTS) faults.add(accident);
  const submitted = await submitRounds(system, 10);
  for (const written of [3, 6]) {
    await until(() => effectiveWrites(system).length >= written, `${written} writes had an effect`);
    await system.platform.host?.kill();
    await system.platform.host?.restart();
  }
  await expectEachDoneOnce(system, submitted);
  // None of them passed by unnoticed: the run was as bad as it was meant to be.
  expect(faults.list().map(({ kind, fired, count }) => [kind, fired === count])).toEqual(
    ACCIDENTS.map(({ kind }) => [kind, true]),
  );
});
