import { isFinal } from "../../shared/domain/changes/change";
import { DELTAS, SCHEDULED_SEATS } from "./scope";
import { BUDGET, FIRST_CHANGE, LANE, WORLD, type Space, type State } from "./space";

/** What must never be true (change ledger §9). */
export function accidentIn(space: Space, state: State): string | undefined {
  for (let c = 0; c < space.firstWorker - FIRST_CHANGE; c++) {
    const what = accidentOf(space, state, c);
    if (what) return `c${c} ${what}`;
  }
  return isScheduleLost(space, state) ? "the renewal schedule is lost" : undefined;
}

/** Nobody else touched the subscription and nothing is under way: the schedule is there, or said not to be. */
function isScheduleLost(space: Space, state: State): boolean {
  const left = space.budgets.get(state[BUDGET]!);
  if (!space.scope.schedule || left.outside !== space.scope.outside) return false;
  const { schedule, flying } = space.worlds.get(state[WORLD]!);
  const parts = state.slice(FIRST_CHANGE, space.firstWorker).map((id) => space.changes.get(id));
  const isQuiet = parts.every(({ row }) => row.state !== "Purchasing" && row.state !== "NeedsReview");
  if (!isQuiet || flying.length > 0) return false;
  const bought = parts.reduce((sum, part, c) => sum + (part.bought > 0 ? DELTAS[c]! : 0), 0);
  return schedule !== SCHEDULED_SEATS + bought && !parts.some(({ row }) => row.outcome?.schedule === "notRestored");
}

function accidentOf(space: Space, state: State, c: number): string | undefined {
  const { row, hasWritten, bought } = space.changes.get(state[FIRST_CHANGE + c]!);
  const lane = space.lanes.get(state[LANE]!);
  const world = space.worlds.get(state[WORLD]!);
  const left = space.budgets.get(state[BUDGET]!);
  const isUntouched = left.outside === space.scope.outside;
  if (bought > 1) return "is bought twice";
  const holds = lane.changeId === row.id;
  switch (row.state) {
    case "Completed":
      if (!hasWritten) return "is completed without a purchase";
      return holds ? "is completed and keeps its lane" : undefined;
    case "PurchaseFailed":
      if (bought > 0 || world.flying.some((write) => write.c === c)) return "failed, yet is bought";
      if (row.outcome?.code !== "attemptsUsedUp" && row.outcome?.code !== "creditLimit")
        return "is lost: it failed for nothing";
      return holds ? "failed and keeps its lane" : undefined;
    case "NeedsReview":
      if (isUntouched && left.unrecorded === space.scope.unrecorded)
        return "is in review though nobody else touched the seats";
      return holds ? undefined : "is in review without its lane";
    case "Purchasing":
      return undefined;
    default:
      return holds ? "waits, and keeps its lane" : undefined;
  }
}

/** Nothing happens any more, so everything must be over, or wait for a person. */
export function stuckIn(space: Space, state: State): string | undefined {
  const lane = space.lanes.get(state[LANE]!);
  const rows = state.slice(FIRST_CHANGE, space.firstWorker).map((id) => space.changes.get(id).row);
  const isReviewed = rows.some(({ id, state: at }) => at === "NeedsReview" && id === lane.changeId);
  const stuck = rows.findIndex((row) => !isFinal(row.state) && !isReviewed);
  return stuck < 0 ? undefined : `c${stuck} is lost: ${rows[stuck]!.state}, and nobody ever takes it up again`;
}
