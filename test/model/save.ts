import { isFinal, openAttempt, type Change } from "../../shared/domain/changes/change";
import { enqueue, waitsForLaneOf } from "../../shared/domain/changes/save-transition";
import { freedLane, type Transition } from "../../shared/domain/changes/transitions";
import { decisionOf, scheduledSeats } from "./decisions";
import { normalLane, normalRow } from "./normal-form";
import { OLDER, type Busy, type ChangePart, type Write, type WorkerPart } from "./parts";
import { once, onceForThree, onceForTwo } from "./pool";
import { NOW } from "./scope";
import { FIRST_CHANGE, LANE, WORLD, type Space, type State } from "./space";
import { ageOf } from "./normal-form";

/** What a decision changed, beside the rows, for those who saw the rows before. */
const WOKEN = 1;
const CLAIM_OVER = 2;
const SETTLED = 4;
const LOOKED = 8;
const FREED = 16;

interface Effect {
  change: number;
  lane: number;
  what: number;
  row: Change;
}

/** Transactions. What one makes of the rows is worked out once for the same rows and the same worker. */
export interface Transactions {
  /** Stores what the ledger decides about what worker `w` has in hand; `row` is undefined when that is nothing. */
  save(state: State, w: number): { draft: number[]; row: Change | undefined; isWoken: boolean };
  /** Writes a new message about change `c`, as the sweeper does. */
  wake(draft: number[], c: number): void;
}

export function createTransactions(space: Space): Transactions {
  const { changes, lanes, workers, limits, firstWorker } = space;
  const noEffect = null;
  const effectOf = onceForThree((changeId, laneId, workerId): Effect | typeof noEffect => {
    const part = changes.get(changeId);
    const lane = lanes.get(laneId);
    const transition = decisionOf(space, workers.get(workerId) as Busy, part.row, lane);
    if (!transition) return noEffect;
    const next = withMessage(transition);
    const what = differences(part.row, next);
    const after = laneAfter(transition, next, laneId);
    return {
      change: changes.idOf(saved(part, next, (what & WOKEN) !== 0)),
      lane: after.lane,
      what: what | (after.isFreed ? FREED : 0),
      row: next,
    };
  });

  function withMessage({ change, wakeAt }: Transition): Change {
    return wakeAt ? enqueue({ now: NOW, send: () => undefined }, change, wakeAt) : change;
  }

  function saved(part: ChangePart, next: Change, isWoken: boolean): ChangePart {
    const row = normalRow(next, limits);
    // A message about a change that is over is completed, and that is all.
    if (isFinal(row.state)) return { ...part, row, newest: 0, older: 0 };
    if (!isWoken) return { ...part, row };
    return { ...part, row, newest: 1, older: Math.min(1, part.older + part.newest) };
  }

  /** As `save-transition.ts` does it. */
  function laneAfter({ lane }: Transition, next: Change, laneId: number): { lane: number; isFreed: boolean } {
    const before = lanes.get(laneId);
    if (lane === "keep") return { lane: laneId, isFreed: false };
    if ("take" in lane)
      return { lane: lanes.idOf(normalLane({ ...before, changeId: next.id }, limits)), isFreed: false };
    if (before.changeId !== next.id) return { lane: laneId, isFreed: before.changeId === undefined };
    return { lane: lanes.idOf(normalLane(freedLane(before, lane.verifiedQuantity, NOW), limits)), isFreed: true };
  }

  const waits = onceForTwo((waiting, leaving) =>
    waitsForLaneOf(changes.get(waiting).row, changes.get(leaving).row, NOW),
  );
  const wokenPart = once((id) => {
    const part = changes.get(id);
    return changes.idOf(saved(part, enqueue({ now: NOW, send: () => undefined }, part.row), true));
  });
  const wokenWorker = onceForTwo((id, c) => space.idOfWorker(afterwards(workers.get(id), c, WOKEN)));
  const informedWorker = onceForThree((id, changeId, what) => {
    const { row } = changes.get(changeId);
    return space.idOfWorker(afterwards(workers.get(id), Number(row.id), what, row));
  });
  const settledWorld = onceForTwo((id, c) => {
    const world = space.worlds.get(id);
    return space.worlds.idOf({
      ...world,
      records: world.records.map((record) => (record.c === c ? withoutOwner(record) : record)),
      flying: world.flying.map((write) => (write.c === c ? { ...write, isOpen: false } : write)),
    });
  });

  function wake(draft: number[], c: number): void {
    draft[FIRST_CHANGE + c] = wokenPart(draft[FIRST_CHANGE + c]!);
    for (let i = firstWorker; i < draft.length; i++) draft[i] = wokenWorker(draft[i]!, c);
  }

  function wakeOldest(draft: number[], leaving: number): void {
    for (let c = 0; c < firstWorker - FIRST_CHANGE; c++) {
      if (c === leaving || !waits(draft[FIRST_CHANGE + c]!, draft[FIRST_CHANGE + leaving]!)) continue;
      wake(draft, c);
      return;
    }
  }

  function save(state: State, w: number): ReturnType<Transactions["save"]> {
    const draft = state.slice();
    const { c } = workers.get(state[firstWorker + w]!) as Busy;
    const before = state[FIRST_CHANGE + c]!;
    const effect = effectOf(before, state[LANE]!, state[firstWorker + w]!);
    if (!effect) return { draft, row: undefined, isWoken: false };
    const { what, row } = effect;
    draft[FIRST_CHANGE + c] = effect.change;
    draft[LANE] = effect.lane;
    for (let i = firstWorker; i < draft.length; i++) draft[i] = informedWorker(draft[i]!, before, what);
    if ((what & SETTLED) !== 0) draft[WORLD] = settledWorld(draft[WORLD]!, c);
    if ((what & FREED) !== 0) wakeOldest(draft, c);
    return { draft, row, isWoken: (what & WOKEN) !== 0 };
  }

  return { save, wake };
}

function differences(before: Change, after: Change): number {
  const open = openAttempt(before);
  const still = openAttempt(after);
  const isSettled = open !== undefined && still?.number !== open.number;
  const isLooked = open !== undefined && still !== undefined && still.looks !== open.looks;
  return (
    (after.enqueued > before.enqueued ? WOKEN : 0) |
    (isClaimOver(before, after) ? CLAIM_OVER : 0) |
    (isSettled ? SETTLED : 0) |
    (isLooked ? LOOKED : 0)
  );
}

/**
 * A read under this claim can never be planned on any more: the claim is over, or a write is open whose end will end it.
 * What that rests on is checked: to be Purchasing again takes another claim, and only a schedule makes a second step.
 */
function isClaimOver(before: Change, after: Change): boolean {
  const isNewClaim = after.claims > before.claims;
  const wasWriting = openAttempt(before) !== undefined && after.savedSchedule === undefined;
  const goesOn = after.state === "Purchasing" && !isNewClaim;
  if (goesOn && (before.state !== "Purchasing" || (wasWriting && openAttempt(after) === undefined))) {
    throw new Error("A claim came to life again: workers are taken for late that are not.");
  }
  return !goesOn || (openAttempt(after) !== undefined && after.savedSchedule === undefined);
}

function withoutOwner<T extends { c?: number }>({ c: _c, ...record }: T): Omit<T, "c"> {
  return record;
}

/** What a worker has in hand after somebody changed the row of change `c`, which was `before`. */
function afterwards(worker: WorkerPart, c: number, what: number, before?: Change): WorkerPart {
  if (worker.at === "idle" || worker.c !== c) return worker;
  const n = (what & WOKEN) === 0 ? worker.n : OLDER;
  switch (worker.at) {
    case "late":
    case "waiting":
    case "claiming":
      return { ...worker, n };
    case "reading":
    case "planning":
      return { ...worker, n, claim: (what & CLAIM_OVER) === 0 ? worker.claim : OLDER };
    case "sending":
    case "onTheWire":
      return { ...worker, n, write: (what & SETTLED) === 0 ? worker.write : settled(worker.write, before) };
    case "answered":
      return { ...worker, n, write: (what & SETTLED) === 0 ? worker.write : ANSWERED };
    case "proving":
    case "weighing":
      // The guard is asked with the attempt that was looked at, as it was then (`decisions.ts`).
      return (what & (SETTLED | LOOKED)) === 0 ? { ...worker, n } : { at: "late", c, n };
  }
}

/** Of a settled write with an answer, nothing counts any more but what the worker will save. */
export const ANSWERED: Write = { isOpen: false, to: 0, schedule: 0, sendBy: 0 };

function settled(write: Write, before: Change | undefined): Write {
  if (!write.isOpen) return write;
  const open = before && openAttempt(before);
  if (!open) throw new Error("A write is settled that was not open.");
  return {
    isOpen: false,
    to: open.to,
    schedule: scheduledSeats(open.schedule),
    sendBy: Math.min(0, ageOf(open.sendBy)),
  };
}
