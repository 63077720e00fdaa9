import type { ChangePart, RecordPart, Resource, Target, WorldPart } from "./parts";
import { once, onceForTwo } from "./pool";
import { DELTAS } from "./scope";
import { BUDGET, FIRST_CHANGE, WORLD, type Space, type State } from "./space";

/** A write as it reaches Microsoft. `c` is the change it is of, if any; `isOpen`: the change does not know yet. */
export interface Arrival extends Target {
  c: number | undefined;
  isOpen: boolean;
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
  const MOST_SEATS = 100;
  // What arrives, as one number: seats, schedule, change, and how it is recorded.
  const applied = onceForTwo((id, code): number[] => {
    const [to, rest] = [code % MOST_SEATS, Math.floor(code / MOST_SEATS)];
    const [schedule, how] = [rest % MOST_SEATS, Math.floor(rest / MOST_SEATS)];
    const [kind, owner] = [how % 3, Math.floor(how / 3) - 1];
    return waysOf(worlds.get(id), { to, schedule }, kind !== 2, kind === 1 ? owner : undefined).map(worlds.idOf);
  });
  const wroteInVain = once((id) => changes.idOf(counted(changes.get(id), 0)));
  const wroteWell = once((id) => changes.idOf(counted(changes.get(id), 1)));

  function withWorld(state: State, world: number): number[] {
    const draft = state.slice();
    draft[WORLD] = world;
    return draft;
  }

  return {
    arrive(state, { c, isOpen, to, schedule }, isRecorded = true) {
      const before = state[WORLD]!;
      const kind = isRecorded ? (isOpen && c !== undefined ? 1 : 0) : 2;
      const how = kind + 3 * ((c ?? -1) + 1);
      return applied(before, to + MOST_SEATS * (schedule + MOST_SEATS * how)).map((world) => {
        const draft = withWorld(state, world);
        // What sets a schedule buys nothing.
        if (c === undefined || schedule > 0) return draft;
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
function waysOf(
  world: WorldPart,
  { to, schedule }: Target,
  isRecorded: boolean,
  owner: number | undefined,
): WorldPart[] {
  const from = world.seats;
  const record: RecordPart = { from, to, ...(owner === undefined ? {} : { c: owner }), age: 0 };
  const written = { ...world, seats: to, schedule, stale: staleAfter(world, { seats: to, schedule }) };
  const recorded = { ...written, records: [...world.records, record] };
  if (!isRecorded) return [{ ...written, lacksRecord: true }];
  return from === to ? [recorded, written] : [recorded];
}

function staleAfter({ seats, schedule, stale }: WorldPart, now: Resource): Resource[] {
  const textOf = (one: Resource): string => `${one.seats}/${one.schedule}`;
  const shown = new Map([...stale, { seats, schedule }].map((one) => [textOf(one), one]));
  shown.delete(textOf(now));
  return [...shown].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function counted(part: ChangePart, effect: 0 | 1): ChangePart {
  return { ...part, hasWritten: true, bought: Math.min(2, part.bought + effect) };
}

/** What must not happen: while nobody else touches the seats, a write changes as many as were asked for. */
export function oddEffect(space: Space, state: State, { c, to, schedule }: Arrival): string | undefined {
  if (c === undefined || space.budgets.get(state[BUDGET]!).outside !== space.scope.outside) return undefined;
  const delta = to - space.worlds.get(state[WORLD]!).seats;
  const wanted = schedule === 0 ? DELTAS[c]! : 0;
  return delta === wanted ? undefined : `c${c} changes ${delta} seats instead of ${wanted}`;
}

/** What a read shows now: the subscription as it is, or as it was a moment ago. */
export function resourcesShown({ seats, schedule, stale }: WorldPart): Resource[] {
  return [{ seats, schedule }, ...stale];
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
