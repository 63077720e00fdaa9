import type { ChangePart, RecordPart, WorldPart } from "./parts";
import { once, onceForTwo } from "./pool";
import { DELTAS } from "./scope";
import { BUDGET, FIRST_CHANGE, WORLD, type Space, type State } from "./space";

/** A write as it reaches Microsoft. `c` is the change it is of, if any; `isOpen`: the change does not know yet. */
export interface Arrival {
  c: number | undefined;
  isOpen: boolean;
  to: number;
}

/** Microsoft: what it makes of writes, and what it shows of them. */
export interface Microsoft {
  /** The states after a write was applied; `isRecorded` false: there is no record of it, and never will be. */
  arrive(state: State, arrival: Arrival, isRecorded?: boolean): number[][];
  /** Accepts a write with 202, to apply it later or never. */
  accept(state: State, write: WorldPart["flying"][number]): number[];
  /** Without the one of the accepted writes with this index. */
  landed(state: State, index: number): number[];
}

export function createMicrosoft({ worlds, changes }: Pick<Space, "worlds" | "changes">): Microsoft {
  const MOST_SEATS = 1_000;
  // What arrives, as one number: seats, change, and how it is recorded.
  const applied = onceForTwo((id, code): number[] => {
    const [to, rest] = [code % MOST_SEATS, Math.floor(code / MOST_SEATS)];
    const [kind, owner] = [rest % 3, Math.floor(rest / 3) - 1];
    return waysOf(worlds.get(id), to, kind !== 2, kind === 1 ? owner : undefined).map(worlds.idOf);
  });
  const wroteInVain = once((id) => changes.idOf(counted(changes.get(id), 0)));
  const wroteWell = once((id) => changes.idOf(counted(changes.get(id), 1)));

  function withWorld(state: State, world: number): number[] {
    const draft = state.slice();
    draft[WORLD] = world;
    return draft;
  }

  return {
    arrive(state, { c, isOpen, to }, isRecorded = true) {
      const before = state[WORLD]!;
      const kind = isRecorded ? (isOpen && c !== undefined ? 1 : 0) : 2;
      return applied(before, to + MOST_SEATS * (kind + 3 * ((c ?? -1) + 1))).map((world) => {
        const draft = withWorld(state, world);
        if (c === undefined) return draft;
        const count = worlds.get(before).seats === to ? wroteInVain : wroteWell;
        draft[FIRST_CHANGE + c] = count(draft[FIRST_CHANGE + c]!);
        return draft;
      });
    },
    accept(state, write) {
      const world = worlds.get(state[WORLD]!);
      const flying = [...world.flying, write].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      return withWorld(state, worlds.idOf({ ...world, flying }));
    },
    landed(state, index) {
      const world = worlds.get(state[WORLD]!);
      return withWorld(state, worlds.idOf({ ...world, flying: world.flying.filter((_, other) => other !== index) }));
    },
  };
}

/** A write that changes nothing may leave a record or not, so there can be two ways on. */
function waysOf(world: WorldPart, to: number, isRecorded: boolean, owner: number | undefined): WorldPart[] {
  const from = world.seats;
  const record: RecordPart = { from, to, ...(owner === undefined ? {} : { c: owner }), age: 0 };
  const stale = [...new Set([...world.stale, from])].filter((seats) => seats !== to).sort((a, b) => a - b);
  const written = { ...world, seats: to, stale: from === to ? world.stale : stale };
  const recorded = { ...written, records: [...world.records, record] };
  if (!isRecorded) return [{ ...written, lacksRecord: true }];
  return from === to ? [recorded, written] : [recorded];
}

function counted(part: ChangePart, effect: 0 | 1): ChangePart {
  return { ...part, hasWritten: true, bought: Math.min(2, part.bought + effect) };
}

/** What must not happen: while nobody else touches the seats, a write changes as many as were asked for. */
export function oddEffect(space: Space, state: State, { c, to }: Arrival): string | undefined {
  if (c === undefined || space.budgets.get(state[BUDGET]!).outside !== space.scope.outside) return undefined;
  const delta = to - space.worlds.get(state[WORLD]!).seats;
  return delta === DELTAS[c] ? undefined : `c${c} changes ${delta} seats instead of ${DELTAS[c]!}`;
}

export function seatsShown({ seats, stale }: WorldPart): number[] {
  return [seats, ...stale];
}

/**
 * Records of this very moment may be missing still: none, the newest, or all of them. Not while one of ours is missing
 * for good: Microsoft's records fail in one way at a time (README.md, "What is assumed").
 */
export function recordsShown({ records, lacksRecord }: WorldPart): (readonly RecordPart[])[] {
  if (lacksRecord) return [records];
  const fresh = records.filter(({ age }) => age === 0).length;
  return Array.from({ length: fresh + 1 }, (_, hidden) => records.slice(0, records.length - hidden));
}
