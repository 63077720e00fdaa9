import type { BookOutcome } from "./books";
import type { Simulation } from "./route";
import type { Effect } from "./world";
import type { Write, WriteActor } from "./write";

interface Result {
  outcome: BookOutcome;
  httpStatus: number;
  code?: string;
  effects?: Effect[];
}

/** One more line in the books; only what was applied is effective. */
export function enterInBooks(simulation: Simulation, actor: WriteActor, write: Write, result: Result): void {
  const { books } = simulation.world;
  const { atMs, ...who } = actor;
  books.push({
    number: books.length + 1,
    at: new Date(atMs ?? simulation.clock.nowMs()).toISOString(),
    operation: write.operation,
    ...who,
    ...(write.customerId === undefined ? {} : { customerId: write.customerId }),
    ...(write.subscriptionId === undefined ? {} : { subscriptionId: write.subscriptionId }),
    ...result,
    effective: result.outcome === "applied",
    effects: result.effects ?? [],
  });
}
