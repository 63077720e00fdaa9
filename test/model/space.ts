import { openAttempt } from "../../shared/domain/changes/change";
import type { LedgerSettings } from "../../shared/domain/changes/ledger-settings";
import { aChange } from "../build/change";
import { changeId } from "../build/ids";
import { ageOf, normalLane, normalRow, timeOf } from "./normal-form";
import { createNormalWorker } from "./normal-worker";
import { NEWEST, type ChangePart, type LanePart, type WorkerPart, type WorldPart } from "./parts";
import { createPool, once, onceForTwo, type Pool } from "./pool";
import {
  DELTAS,
  LIMITS,
  SCHEDULED_SEATS,
  SEATS,
  settingsOf,
  WORKERS,
  type Budget,
  type Limits,
  type Scope,
} from "./scope";

/** A state: the numbers of its parts, in the order of `positionsOf`. Never changed in place once it was handed on. */
export type State = readonly number[];

/** Where a state has what. */
export const LANE = 0;
export const WORLD = 1;
export const BUDGET = 2;
export const FIRST_CHANGE = 3;

/** The parts that occur in one exploration, and what they become by themselves. */
export interface Space {
  scope: Scope;
  limits: Limits;
  settings: LedgerSettings;
  changes: Pool<ChangePart>;
  lanes: Pool<LanePart>;
  worlds: Pool<WorldPart>;
  workers: Pool<WorkerPart>;
  /** The number of a worker in normal form. */
  idOfWorker(worker: WorkerPart): number;
  budgets: Pool<Budget>;
  firstWorker: number;
  /** The part one step of time later. */
  later: Record<"change" | "lane" | "world" | "worker", (id: number) => number>;
  /** Makes states one that nothing tells apart; in place. */
  reduce(draft: number[]): void;
}

export function createSpace(scope: Scope, limits: Limits = LIMITS): Space {
  const changes = createPool<ChangePart>();
  const lanes = createPool<LanePart>();
  const worlds = createPool<WorldPart>();
  const workers = createPool<WorkerPart>();
  const parts = { changes, lanes, worlds, workers, budgets: createPool<Budget>() };
  const firstWorker = FIRST_CHANGE + scope.changes;
  const settings = settingsOf(scope, limits);
  const normalWorker = createNormalWorker(settings);
  const idOfWorker = (worker: WorkerPart): number => workers.idOf(normalWorker(worker));
  const later: Space["later"] = {
    change: once((id) => {
      const part = changes.get(id);
      return changes.idOf({ ...part, row: normalRow(part.row, limits, 1) });
    }),
    lane: once((id) => lanes.idOf(normalLane(lanes.get(id), limits, 1))),
    world: once((id) => worlds.idOf(laterWorld(worlds.get(id)))),
    worker: once((id) => idOfWorker(laterWorker(workers.get(id), limits))),
  };
  const reduce = createReduce({ ...parts, idOfWorker }, firstWorker);
  return { scope, limits, settings, ...parts, idOfWorker, firstWorker, later, reduce };
}

export function firstState({ scope, changes, lanes, worlds, workers, budgets }: Space, limits = LIMITS): State {
  const { crashes, redeliveries, outside, unrecorded } = scope;
  const rows = DELTAS.slice(0, scope.changes).map((delta, c) =>
    normalRow(aChange({ id: changeId(c), ask: { kind: "add", delta } }), limits),
  );
  return [
    lanes.idOf({}),
    worlds.idOf({
      seats: SEATS,
      schedule: scope.schedule ? SCHEDULED_SEATS : 0,
      stale: [],
      lacksRecord: false,
      records: [],
      flying: [],
    }),
    budgets.idOf({ crashes, redeliveries, outside, unrecorded }),
    ...rows.map((row) => changes.idOf({ row, newest: 1, older: 0, hasWritten: false, bought: 0 })),
    ...Array.from({ length: WORKERS }, () => workers.idOf({ at: "idle" })),
  ];
}

/** After a step of time, reads and records are fresh. */
function laterWorld({ seats, schedule, lacksRecord, records, flying }: WorldPart): WorldPart {
  return {
    ...{
      seats,
      schedule,
      stale: [],
      lacksRecord,
      records: records.map((record) => ({ ...record, age: record.age + 1 })),
    },
    flying: flying.map((write) => ({ ...write, sendBy: write.sendBy + 1 })),
  };
}

/** Of a read it is asked whether it is older than the send window; of a settled write, whether it may still be sent. */
function laterWorker(worker: WorkerPart, { window }: Limits): WorkerPart {
  switch (worker.at) {
    case "waiting":
      return { ...worker, until: Math.min(0, worker.until + 1) };
    case "planning":
      return { ...worker, seenAt: Math.min(window + 1, worker.seenAt + 1), readAt: worker.readAt + 1 };
    case "sending":
    case "onTheWire":
    case "answered": {
      const { write } = worker;
      return write.isOpen ? worker : { ...worker, write: { ...write, sendBy: Math.min(0, write.sendBy + 1) } };
    }
    default:
      return worker;
  }
}

/**
 * Makes states one that differ only in what late workers have in hand, in records older than every read that a write may still
 * be judged by, and in how long ago reads and records were: only their order counts, and whether a record is of this
 * very moment (it may not be visible yet).
 */
function createReduce(
  {
    changes,
    worlds,
    workers,
    budgets,
    idOfWorker,
  }: Pick<Space, "changes" | "worlds" | "workers" | "budgets" | "idOfWorker">,
  firstWorker: number,
): (draft: number[]) => void {
  const readsOfChange = once((id) => {
    const open = openAttempt(changes.get(id).row);
    return open ? bit(ageOf(open.readAt)) : 0;
  });
  const readsOfWorker = once((id) => {
    const worker = workers.get(id);
    return worker.at === "planning" ? bit(worker.readAt) : 0;
  });
  const agesOfRecords = once((id) => worlds.get(id).records.reduce((ages, { age }) => ages | bit(age), 0));
  const withoutOlder = onceForTwo((id, reads) => {
    const world = worlds.get(id);
    const records = world.records.filter(({ age }) => age === 0 || bit(age) <= reads);
    return records.length === world.records.length ? id : worlds.idOf({ ...world, records });
  });
  const compressed = {
    change: onceForTwo((id, ages) => changes.idOf(withReadAt(changes.get(id), ages))),
    world: onceForTwo((id, ages) => {
      const world = worlds.get(id);
      return worlds.idOf({ ...world, records: world.records.map((r) => ({ ...r, age: rank(r.age, ages) })) });
    }),
    worker: onceForTwo((id, ages) => {
      const worker = workers.get(id);
      return worker.at === "planning" ? idOfWorker({ ...worker, readAt: rank(worker.readAt, ages) }) : id;
    }),
  };

  const isCalm = once((id) => {
    const { crashes, redeliveries } = budgets.get(id);
    return crashes + redeliveries === 0;
  });
  const withoutMessage = once((id) => {
    const worker = workers.get(id);
    if (worker.at === "idle" || worker.at === "waiting") return id;
    return idOfWorker(worker.at === "late" ? { at: "idle" } : { ...worker, n: NEWEST });
  });

  return (draft) => {
    if (isCalm(draft[BUDGET]!)) {
      for (let i = firstWorker; i < draft.length; i++) draft[i] = withoutMessage(draft[i]!);
    }
    let reads = 0;
    for (let i = FIRST_CHANGE; i < firstWorker; i++) reads |= readsOfChange(draft[i]!);
    for (let i = firstWorker; i < draft.length; i++) reads |= readsOfWorker(draft[i]!);
    draft[WORLD] = withoutOlder(draft[WORLD]!, highestBit(reads));
    const ages = reads | agesOfRecords(draft[WORLD]);
    const past = ages >> 1;
    if ((past & (past + 1)) !== 0) {
      for (let i = FIRST_CHANGE; i < firstWorker; i++) draft[i] = compressed.change(draft[i]!, ages);
      for (let i = firstWorker; i < draft.length; i++) draft[i] = compressed.worker(draft[i]!, ages);
      draft[WORLD] = compressed.world(draft[WORLD], ages);
    }
  };
}

/** Workers are interchangeable: of two states that differ only in which is which, one is kept. True when they changed places. */
export function sortWorkers({ firstWorker }: Space, draft: number[]): boolean {
  const [a, b] = [draft[firstWorker]!, draft[firstWorker + 1]!];
  if (a <= b) return false;
  [draft[firstWorker], draft[firstWorker + 1]] = [b, a];
  return true;
}

function bit(age: number): number {
  if (age < 0 || age > 28) throw new RangeError(`An age of ${age} steps: something is not dropped in time.`);
  return 1 << age;
}

function highestBit(bits: number): number {
  return bits === 0 ? 0 : 1 << (31 - Math.clz32(bits));
}

/** How many different ages below this one occur; now stays now. */
function rank(age: number, ages: number): number {
  let below = 0;
  for (let i = 1; i < age; i++) below += (ages >> i) & 1;
  return age === 0 ? 0 : below + 1;
}

function withReadAt(part: ChangePart, ages: number): ChangePart {
  const steps = part.row.steps.map((step) => ({
    ...step,
    attempts: step.attempts.map((attempt) =>
      attempt.state === "open" ? { ...attempt, readAt: timeOf(rank(ageOf(attempt.readAt), ages)) } : attempt,
    ),
  }));
  return { ...part, row: { ...part.row, steps } };
}
