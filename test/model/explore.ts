import { z } from "zod";
import { accidentIn, stuckIn } from "./accidents";
import { createSpending } from "./budget";
import { createMicrosoft } from "./microsoft";
import { createTransactions } from "./save";
import type { Scope } from "./scope";
import { createSpace, firstState, sortWorkers, type Space, type State } from "./space";
import { createVisited, type Visited } from "./visited";
import { FAULT, type Follow } from "./steps";
import { createWorkerSteps } from "./worker-steps";
import { createWorldSteps } from "./world-steps";

export const Exploration = z.object({
  states: z.int(),
  transitions: z.int(),
  /** Steps from the first state to the furthest one. */
  depth: z.int(),
  /** What went wrong, with a shortest way there; absent: nothing can. */
  accident: z.object({ what: z.string(), story: z.array(z.string()) }).optional(),
});
export type Exploration = z.infer<typeof Exploration>;

type Steps = (state: State, follow: Follow) => void;

/**
 * Visits every state a scope allows, nearest first, and stops at the first accident: the decisions are the product's
 * own functions, the rest of the world does whatever it may.
 */
export function explore(scope: Scope, note: (states: number, depth: number) => void = () => undefined): Exploration {
  const space = createSpace(scope);
  const steps = createSteps(space);
  const first = firstState(space);
  const visited = createVisited();
  visited.add(first, 0);
  let frontier: State[] = [first];
  let transitions = 0;
  let place = 0;
  for (let depth = 0; ; depth++) {
    const following: State[] = [];
    for (const state of frontier) {
      const found = visit(space, steps, visited, state, place++, following);
      transitions += found.transitions;
      if (found.accident) return finding(depth, found.accident);
    }
    note(visited.size(), depth);
    if (following.length === 0) {
      const endless = visited.endless();
      return finding(depth, endless === undefined ? undefined : { what: "it goes round for ever", place: endless });
    }
    frontier = following;
  }

  function finding(depth: number, accident: { what: string; place: number } | undefined): Exploration {
    const counts = { states: visited.size(), transitions, depth };
    if (!accident) return counts;
    const story = tell(space, steps, visited, first, accident.place);
    return { ...counts, accident: { what: accident.what, story } };
  }
}

function createSteps(space: Space): Steps {
  const microsoft = createMicrosoft(space);
  const spending = createSpending(space);
  const { save, wake } = createTransactions(space);
  const workerSteps = createWorkerSteps(space, { microsoft, spending, save });
  const worldSteps = createWorldSteps(space, { microsoft, spending, wake });
  return (state, follow) => {
    workerSteps(state, follow);
    worldSteps(state, follow);
  };
}

/** Takes every step from a state; new states are put to the `following` ones. */
function visit(
  space: Space,
  steps: Steps,
  visited: Visited,
  state: State,
  place: number,
  following: State[],
): { transitions: number; accident?: { what: string; place: number } } {
  let transitions = 0;
  let accident: { what: string; place: number } | undefined;
  let likeliest: number = FAULT;
  steps(state, (draft, chance, _did, mishap) => {
    if (accident) return;
    transitions++;
    space.reduce(draft);
    sortWorkers(space, draft);
    const known = visited.size();
    const next = visited.add(draft, place);
    if (chance < likeliest && next !== place) {
      likeliest = chance;
      visited.goOn(place, next);
    }
    const what = mishap ?? (next < known ? undefined : accidentIn(space, draft));
    if (what) accident = { what, place: next };
    if (next === known) following.push(draft);
  });
  if (!accident && likeliest === FAULT) {
    const what = stuckIn(space, state);
    if (what) accident = { what, place };
  }
  return accident ? { transitions, accident } : { transitions };
}

/** Goes the way to a place again, and says what was done. */
function tell(space: Space, steps: Steps, visited: Visited, first: State, place: number): string[] {
  const story: string[] = [];
  let names = ["w0", "w1"];
  let state = first;
  for (const at of visited.wayTo(place).slice(1)) {
    let next: State | undefined;
    steps(state, (draft, _chance, did) => {
      if (next) return;
      const text = did((w) => names[w] ?? "nobody");
      space.reduce(draft);
      const isSwapped = sortWorkers(space, draft);
      if (!visited.isAt(draft, at)) return;
      story.push(text);
      if (isSwapped) names = names.toReversed();
      next = draft;
    });
    if (!next) throw new Error("A way cannot be gone again.");
    state = next;
  }
  return story;
}
