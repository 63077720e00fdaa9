import { isForgotten } from "../../shared/domain/changes/sweep-work";
import type { Spending } from "./budget";
import { oddEffect, type Microsoft } from "./microsoft";
import { onceForTwo } from "./pool";
import type { Transactions } from "./save";
import { NOW, OUTSIDE_DELTAS } from "./scope";
import { FIRST_CHANGE, LANE, WORLD, type Space, type State } from "./space";
import { BEGINS, FAULT, HAPPENS, type Follow } from "./steps";
import { attemptOf } from "./worker-steps";
import { targetText } from "./worker-text";

/** What happens by itself: Microsoft, other people, sweepers, and time. */
export function createWorldSteps(
  space: Space,
  { microsoft, spending, wake }: { microsoft: Microsoft; spending: Spending } & Pick<Transactions, "wake">,
): (state: State, follow: Follow) => void {
  const { worlds, changes, lanes, workers, settings, limits, later, firstWorker } = space;
  const forgotten = onceForTwo((change, lane) => isForgotten(changes.get(change).row, lanes.get(lane), NOW, settings));

  function landLate(state: State, follow: Follow): void {
    worlds.get(state[WORLD]!).flying.forEach((write, index) => {
      const landed = microsoft.landed(state, index);
      for (const next of microsoft.arrive(landed, write)) {
        const did = (): string => `Microsoft applies c${write.c}'s write ${targetText(write)} late`;
        follow(next, HAPPENS, did, oddEffect(space, state, write));
      }
      follow(landed, FAULT, () => `Microsoft drops c${write.c}'s write ${targetText(write)}`);
    });
  }

  /** A sweeper that overtakes a message or a worker is taken for a message that comes twice. */
  function sweep(state: State, follow: Follow): void {
    for (let c = 0; c < firstWorker - FIRST_CHANGE; c++) {
      if (!forgotten(state[FIRST_CHANGE + c]!, state[LANE]!)) continue;
      const isInHand = inHand(state, c);
      if (isInHand && spending.left(state, "redeliveries") === 0) continue;
      const next = state.slice();
      wake(isInHand ? spending.spend(next, "redeliveries") : next, c);
      follow(next, isInHand ? FAULT : BEGINS, () => `the sweeper wakes c${c}`);
    }
  }

  function inHand(state: State, c: number): boolean {
    const { newest, older } = changes.get(state[FIRST_CHANGE + c]!);
    if (newest + older > 0) return true;
    return state.slice(firstWorker).some((id) => {
      const worker = workers.get(id);
      return worker.at !== "idle" && worker.c === c;
    });
  }

  function meddle(state: State, follow: Follow): void {
    if (spending.left(state, "outside") === 0) return;
    const { seats } = worlds.get(state[WORLD]!);
    for (const delta of OUTSIDE_DELTAS) {
      const arrival = { c: undefined, isOpen: false, to: seats + delta, schedule: 0 };
      for (const next of microsoft.arrive(spending.spend(state.slice(), "outside"), arrival)) {
        follow(next, FAULT, () => `somebody else changes the seats to ${seats + delta}`);
      }
    }
  }

  /** A call ends before its fence does, and what Microsoft accepted is applied or dropped before the settle delay is over. */
  function mayTimePass(state: State): boolean {
    for (const { sendBy } of worlds.get(state[WORLD]!).flying) {
      if (sendBy + 1 >= limits.call + limits.settle) return false;
    }
    for (let i = firstWorker; i < state.length; i++) {
      const worker = workers.get(state[i]!);
      if (worker.at === "onTheWire" && attemptOf(space, state, worker).sendBy + 1 >= limits.call) return false;
    }
    return true;
  }

  function passTime(state: State, follow: Follow): void {
    if (!mayTimePass(state)) return;
    const next = state.slice();
    next[LANE] = later.lane(state[LANE]!);
    next[WORLD] = later.world(state[WORLD]!);
    for (let i = FIRST_CHANGE; i < firstWorker; i++) next[i] = later.change(state[i]!);
    for (let i = firstWorker; i < state.length; i++) next[i] = later.worker(state[i]!);
    follow(next, HAPPENS, () => "time passes");
  }

  return (state, follow) => {
    landLate(state, follow);
    sweep(state, follow);
    passTime(state, follow);
    meddle(state, follow);
  };
}
