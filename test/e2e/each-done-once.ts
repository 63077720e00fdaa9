import type { BookEntry } from "../../local/partner-center-simulator/books";
import type { RunningSystem } from "./running-system";

/** Seats that were asked for, one by each change, and what there was before. */
export interface Submitted {
  ids: string[];
  rounds: number;
  seatsBefore: ReadonlyMap<string, number>;
}

/** Asks for one more seat of each of five subscriptions, `rounds` times over. */
export async function submitRounds(system: RunningSystem, rounds: number): Promise<Submitted> {
  const chosen = (await system.buyable()).slice(0, SUBSCRIPTIONS);
  expect(chosen).toHaveLength(SUBSCRIPTIONS);
  const seatsBefore = new Map(chosen.map((id) => [id, seatsOf(system, id)]));
  const ids = await system.addSeats(chosen, rounds);
  expect(new Set(ids).size).toBe(SUBSCRIPTIONS * rounds);
  return { ids, rounds, seatsBefore };
}

const SUBSCRIPTIONS = 5;

/** Waits for the end of everything and compares it with the simulator's own books: one effective write for each change. */
export async function expectEachDoneOnce(
  system: RunningSystem,
  { ids, rounds, seatsBefore }: Submitted,
): Promise<void> {
  const changes = await system.settle(180);
  expect(changes.filter((change) => change.state !== "Completed")).toEqual([]);
  expect(changes.map((change) => change.id).sort()).toEqual([...ids].sort());
  const writes = effectiveWrites(system);
  expect(writes.map((write) => write.effects.map((effect) => effect.delta))).toEqual(ids.map(() => [1]));
  // Each effective write belongs to a change of its own, by the request id the change stored before sending.
  const owners = writes.map(
    (write) => changes.find((c) => c.attempts.some((a) => a.requestId === write.requestId))?.id,
  );
  expect(new Set(owners)).toEqual(new Set(ids));
  for (const [id, before] of seatsBefore) expect(seatsOf(system, id)).toBe(before + rounds);
}

/** Writes that came in over the API and had an effect. */
export function effectiveWrites({ platform }: RunningSystem): BookEntry[] {
  const { books } = platform.simulator.simulation.world;
  // One that moves no seats sets a renewal schedule again.
  return books.filter((entry) => entry.origin === "api" && entry.effects.some(({ delta }) => delta !== 0));
}

function seatsOf({ platform }: RunningSystem, subscriptionId: string): number {
  const found = platform.simulator.simulation.world.subscriptions.get(subscriptionId);
  if (!found) throw new Error(`The simulator has no subscription ${subscriptionId}.`);
  return found.resource.quantity;
}
