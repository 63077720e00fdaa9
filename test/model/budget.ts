import { onceForTwo } from "./pool";
import type { Budget } from "./scope";
import { BUDGET, type Space, type State } from "./space";

const KINDS = ["crashes", "redeliveries", "outside", "unrecorded"] as const satisfies (keyof Budget)[];

/** How much more may happen. */
export interface Spending {
  left(state: State, kind: keyof Budget): number;
  /** The same state with one less; the draft itself. */
  spend(draft: number[], kind: keyof Budget): number[];
}

export function createSpending({ budgets }: Pick<Space, "budgets">): Spending {
  const less = onceForTwo((id, index) => {
    const budget = budgets.get(id);
    const kind = KINDS[index]!;
    return budgets.idOf({ ...budget, [kind]: budget[kind] - 1 });
  });
  return {
    left: (state, kind) => budgets.get(state[BUDGET]!)[kind],
    spend(draft, kind) {
      draft[BUDGET] = less(draft[BUDGET]!, KINDS.indexOf(kind));
      return draft;
    },
  };
}
