import type { Change } from "../../shared/domain/changes/change";
import type { Target, WorkerPart } from "./parts";

/** What became of a change. */
export function textOf({ state, outcome }: Change): string {
  return outcome ? `${state} (${outcome.code})` : state;
}

/** The seats a worker read. */
export function quantityIn(worker: WorkerPart): number {
  return worker.at === "planning" ? worker.seen.seats : 0;
}

/** What a write is to do. */
export function targetText({ to, schedule }: Target): string {
  return schedule === 0 ? `of ${to} seats` : `of the schedule (${schedule} seats at the renewal, ${to} now)`;
}

/** What a worker is about to do. */
export function describe(worker: WorkerPart): string {
  switch (worker.at) {
    case "idle":
      return "there is nothing to do";
    case "late":
      return "comes too late";
    case "waiting":
      return "puts off the message";
    case "claiming":
      return "claims the lane";
    case "reading":
      return "goes on with the claim";
    case "planning":
      return "plans on what it read";
    case "sending":
    case "onTheWire":
      return "writes";
    case "answered":
      return `saves the answer (${worker.outcome.kind})`;
    case "proving":
      return "looks for a proof";
    case "weighing":
      return "weighs what it saw";
  }
}
