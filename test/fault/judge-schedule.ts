import type { BookEntry } from "../../local/partner-center-simulator/books";
import { SEATS_AT_FIRST, SUBSCRIPTIONS } from "./microsoft";
import type { Played } from "./play";

const FIELD = "scheduledNextTermInstructions";

/**
 * No schedule is lost by our writes: at the end it is there, with the seats that it should have by then; or somebody else
 * deleted it; or a change says that it could not be set again.
 */
export function judgeSchedule({ world, simulator, changes }: Played, books: BookEntry[]): string[] {
  const [subscriptionId] = SUBSCRIPTIONS;
  if (world.scheduledSeats === undefined || !subscriptionId) return [];
  const mine = changes.filter((change) => change.subscriptionId === subscriptionId);
  const isReported = mine.some(({ outcome }) => outcome?.schedule === "notRestored");
  const writes = books.filter((entry) => entry.effective && entry.subscriptionId === subscriptionId);
  const found = scheduledSeats(simulator.simulation.world.subscriptions.get(subscriptionId)?.resource[FIELD]);
  const last = writes.findLast(({ effects }) => effects.some(({ changed }) => changed.includes(FIELD)));
  if (found === undefined) {
    const isOurs = last?.origin === "api";
    return isOurs && !isReported ? ["the renewal schedule is lost, and no change says so"] : [];
  }
  // Seats that an outsider moved meanwhile may or may not be in what was read when it was set again; and where a change
  // says that it could not set it again, a later one may bring back the older one it had saved.
  if (isReported || writes.some(({ origin }) => origin === "outside")) return [];
  const expected = writes
    .flatMap(({ effects }) => effects)
    .reduce(rescheduled, {
      ...{ seats: SEATS_AT_FIRST, scheduled: world.scheduledSeats },
    }).scheduled;
  return found === expected ? [] : [`the renewal is scheduled for ${found} seats, not ${expected}`];
}

interface Expected {
  seats: number;
  scheduled: number;
}

/** More seats are on top of what was scheduled; fewer count towards a scheduled decrease only (product rule of renewals). */
function rescheduled({ seats, scheduled }: Expected, { delta }: { delta: number }): Expected {
  const after = seats + delta;
  if (delta >= 0) return { seats: after, scheduled: scheduled + delta };
  return { seats: after, scheduled: scheduled > seats ? scheduled : Math.min(scheduled, after) };
}

function scheduledSeats(instructions: unknown): number | undefined {
  if (typeof instructions !== "object" || instructions === null || !("quantity" in instructions)) return undefined;
  return typeof instructions.quantity === "number" ? instructions.quantity : undefined;
}
