import { NEWEST } from "./parts";
import { onceForTwo } from "./pool";
import type { Space } from "./space";

/** The queue, per change: messages that wait, with the newest number or with an older one. */
export interface Messages {
  put(changeId: number, n: number): number;
  takeOut(changeId: number, n: number): number;
}

export function createMessages({ changes }: Pick<Space, "changes">): Messages {
  return {
    put: onceForTwo((id, n) => {
      const part = changes.get(id);
      if (n === NEWEST) return changes.idOf({ ...part, newest: Math.min(2, part.newest + 1) });
      return changes.idOf({ ...part, older: 1 });
    }),
    takeOut: onceForTwo((id, n) => {
      const part = changes.get(id);
      return changes.idOf(n === NEWEST ? { ...part, newest: part.newest - 1 } : { ...part, older: 0 });
    }),
  };
}
