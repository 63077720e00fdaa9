import { isFinal, openAttempt, type Change } from "../../shared/domain/changes/change";
import { nextStep } from "../../shared/domain/changes/next-step";
import { maySend } from "../../shared/domain/changes/subscription-writer";
import { ANSWER_KINDS, outcomeOf, type AnswerKind } from "./answers";
import type { Spending } from "./budget";
import { scheduledSeats } from "./decisions";
import { createLooks } from "./looks";
import { createMessages } from "./messages";
import { oddEffect, resourcesShown, type Arrival, type Microsoft } from "./microsoft";
import { ageOf, timeOf } from "./normal-form";
import { NEWEST, OLDER, type Busy, type Sight, type Target, type WorkerPart } from "./parts";
import { onceForTwo } from "./pool";
import { ANSWERED, type Transactions } from "./save";
import { NOW } from "./scope";
import { FIRST_CHANGE, WORLD, type Space, type State } from "./space";
import { BEGINS, FAULT, GOES_ON, type Chance, type Did, type Follow } from "./steps";
import { describe, quantityIn, targetText, textOf } from "./worker-text";

type At<K extends Busy["at"]> = Extract<Busy, { at: K }>;
type Writing = Extract<Busy, { at: "sending" | "onTheWire" }>;
const IDLE: WorkerPart = { at: "idle" };

/** Everything a worker can do next, crashes and lost locks included; what goes well comes first. */
export function createWorkerSteps(
  space: Space,
  { microsoft, spending, save }: { microsoft: Microsoft; spending: Spending } & Pick<Transactions, "save">,
): (state: State, follow: Follow) => void {
  const { workers, changes, worlds, settings, firstWorker } = space;
  const idle = space.idOfWorker(IDLE);
  const looksAt = createLooks(space);
  const { put, takeOut } = createMessages(space);

  /** What a message makes of a worker that takes it. */
  const taken = onceForTwo((changeId, n): number => {
    const { row } = changes.get(changeId);
    return space.idOfWorker(workerFor(row, n as Sight));
  });
  const afterReading = onceForTwo((workerId, worldId): number[] => {
    const { c, n, claim } = workers.get(workerId) as At<"reading">;
    return resourcesShown(worlds.get(worldId)).map((seen) =>
      space.idOfWorker({ at: "planning", c, n, claim, seen, seenAt: 0, readAt: 0 }),
    );
  });
  const afterLooking = onceForTwo((changeId, worldId) => {
    const c = Number(changes.get(changeId).row.id);
    return looksAt(changeId, worldId).map(({ look, saw }) => {
      const ids = ([OLDER, NEWEST] as const).map((n) => space.idOfWorker({ at: "weighing", c, n, look }));
      return { ids, saw };
    });
  });
  /** Answered like this; what the ledger makes of it. */
  const withAnswer = onceForTwo((workerId, code) => {
    const { c, n, write } = workers.get(workerId) as Writing;
    const outcome = outcomeOf(ANSWER_KINDS[code >> 1]!, (code & 1) === 0 ? "seats" : "schedule");
    return space.idOfWorker({ at: "answered", c, n, write: write.isOpen ? write : ANSWERED, outcome });
  });
  const answered = (workerId: number, kind: AnswerKind, schedule: number): number =>
    withAnswer(workerId, 2 * ANSWER_KINDS.indexOf(kind) + (schedule > 0 ? 1 : 0));

  function workerFor(row: Change, n: Sight): WorkerPart {
    const c = Number(row.id);
    const step = nextStep(row, n, NOW, settings);
    switch (step.do) {
      case "nothing":
        return IDLE;
      case "wait":
        return { at: "waiting", c, n, until: ageOf(step.until) };
      case "claim":
        return { at: "claiming", c, n };
      case "perform":
        return { at: "reading", c, n, claim: NEWEST };
      case "prove":
        return { at: "proving", c, n };
    }
  }

  function withWorker(state: State, w: number, worker: number): number[] {
    const draft = state.slice();
    draft[firstWorker + w] = worker;
    return draft;
  }

  function take(state: State, w: number, follow: Follow): void {
    for (let c = 0; c < firstWorker - FIRST_CHANGE; c++) {
      const id = state[FIRST_CHANGE + c]!;
      const { row, newest, older } = changes.get(id);
      // The queue keeps the newest one until it is due.
      if (newest > 0 && ageOf(row.enqueuedAt) >= 0) takeOne(c, id, NEWEST);
      if (older > 0) takeOne(c, id, OLDER);
    }
    function takeOne(c: number, id: number, n: Sight): void {
      const worker = taken(id, n);
      const next = withWorker(state, w, worker);
      next[FIRST_CHANGE + c] = takeOut(id, n);
      const what = n === NEWEST ? "the newest" : "an old";
      follow(
        next,
        BEGINS,
        (nameOf) => `${nameOf(w)} takes ${what} message about c${c}: ${describe(workers.get(worker))}`,
      );
    }
  }

  function goOn(state: State, w: number, worker: Busy, follow: Follow): void {
    const id = state[firstWorker + w]!;
    switch (worker.at) {
      case "reading":
        afterReading(id, state[WORLD]!).forEach((next) =>
          follow(
            withWorker(state, w, next),
            GOES_ON,
            (nameOf) => `${nameOf(w)} reads ${quantityIn(workers.get(next))} seats`,
          ),
        );
        return;
      case "sending":
        send(state, w, worker, follow);
        return;
      case "onTheWire":
        beAnswered(state, w, worker, follow);
        return;
      case "proving":
        look(state, w, worker, follow);
        return;
      default:
        store(state, w, worker, follow);
    }
  }

  function look(state: State, w: number, { c, n }: At<"proving">, follow: Follow): void {
    for (const { ids, saw } of afterLooking(state[FIRST_CHANGE + c]!, state[WORLD]!)) {
      const next = withWorker(state, w, ids[n - OLDER]!);
      follow(next, GOES_ON, (nameOf) => `${nameOf(w)} looks for a proof of c${c} and sees ${saw}`);
    }
  }

  function send(state: State, w: number, worker: Writing, follow: Follow): void {
    const { c, n, write } = worker;
    const { schedule, sendBy } = attemptOf(space, state, worker);
    if (!maySend(new Date(timeOf(sendBy)), NOW)) {
      const next = withWorker(state, w, answered(state[firstWorker + w]!, "tooLate", schedule));
      follow(next, GOES_ON, (nameOf) => `${nameOf(w)} is too late to send c${c}`);
      return;
    }
    const next = withWorker(state, w, space.idOfWorker({ at: "onTheWire", c, n, write }));
    follow(next, GOES_ON, (nameOf) => `${nameOf(w)} sends c${c}`);
  }

  function beAnswered(state: State, w: number, worker: Writing, follow: Follow): void {
    const { c, write } = worker;
    const { to, schedule, sendBy } = attemptOf(space, state, worker);
    const id = state[firstWorker + w]!;
    const arrival: Arrival = { c, isOpen: write.isOpen, to, schedule };
    const answer = (states: number[][], kind: AnswerKind, chance: Chance, text: string): void =>
      states.forEach((next) => {
        next[firstWorker + w] = answered(id, kind, schedule);
        follow(
          next,
          chance,
          () => `c${c}'s write ${targetText({ to, schedule })} ${text}`,
          text.startsWith("is applied") ? odd : undefined,
        );
      });
    const odd = oddEffect(space, state, arrival);
    answer(microsoft.arrive(state, arrival), "done", GOES_ON, "is applied and answered");
    answer(microsoft.arrive(state, arrival), "lost", FAULT, "is applied, the answer is lost");
    if (spending.left(state, "unrecorded") > 0) {
      const hidden = microsoft.arrive(state, arrival, false).map((next) => spending.spend(next, "unrecorded"));
      answer(hidden, "lost", FAULT, "is applied, the answer is lost, and no record ever shows it");
    }
    answer([state.slice()], "lost", FAULT, "never arrives");
    answer(
      [microsoft.accept(state, { c, isOpen: write.isOpen, to, schedule, sendBy })],
      "accepted",
      FAULT,
      "is accepted with 202",
    );
    answer([state.slice()], "refused", FAULT, "is refused");
    answer([state.slice()], "throttled", FAULT, "is throttled");
  }

  /** A transaction, and what the worker does after it. The process may die in between, with everything stored. */
  function store(state: State, w: number, worker: Busy, follow: Follow): void {
    const { draft, row, isWoken } = save(state, w);
    const { c } = worker;
    const n = isWoken ? OLDER : worker.n;
    const next = row && nextAfter(worker, row, n);
    const did: Did = (nameOf) => `${nameOf(w)} ${describe(worker)} of c${c}: ${row ? textOf(row) : "nothing to store"}`;
    if (next) {
      draft[firstWorker + w] = space.idOfWorker(next);
      follow(draft, GOES_ON, did);
      return;
    }
    draft[firstWorker + w] = idle;
    follow(draft, GOES_ON, did);
    if (spending.left(state, "crashes") === 0) return;
    follow(
      giveBack(spending.spend(draft.slice(), "crashes"), c, n),
      FAULT,
      (nameOf) => `${did(nameOf)}; then it crashes`,
    );
  }

  function nextAfter(worker: Busy, row: Change, n: Sight): WorkerPart | undefined {
    const { c } = worker;
    if (worker.at === "claiming" && row.state === "Purchasing") return { at: "reading", c, n, claim: NEWEST };
    if (worker.at === "planning" && openAttempt(row)) return { at: "sending", c, n, write: { isOpen: true } };
    return undefined;
  }

  function giveBack(draft: number[], c: number, n: Sight): number[] {
    if (!isOver(draft, c)) draft[FIRST_CHANGE + c] = put(draft[FIRST_CHANGE + c]!, n);
    return draft;
  }

  function isOver(state: State, c: number): boolean {
    return isFinal(changes.get(state[FIRST_CHANGE + c]!).row.state);
  }

  function misfortune(state: State, w: number, { at, c, n }: Busy, follow: Follow): void {
    if (spending.left(state, "crashes") > 0) {
      const next = giveBack(spending.spend(withWorker(state, w, idle), "crashes"), c, n);
      follow(next, FAULT, (nameOf) => `${nameOf(w)} crashes (${at} c${c})`);
    }
    if (spending.left(state, "redeliveries") > 0 && !isOver(state, c)) {
      const next = giveBack(spending.spend(state.slice(), "redeliveries"), c, n);
      follow(next, FAULT, (nameOf) => `the lock of ${nameOf(w)} on its message about c${c} is lost`);
    }
  }

  return (state, follow) => {
    for (let w = 0; w < state.length - firstWorker; w++) {
      // A worker like the one before does nothing else than that one.
      if (w > 0 && state[firstWorker + w] === state[firstWorker + w - 1]) continue;
      const worker = workers.get(state[firstWorker + w]!);
      if (worker.at === "idle") take(state, w, follow);
      else {
        goOn(state, w, worker, follow);
        misfortune(state, w, worker, follow);
      }
    }
  };
}

/** The write a worker has in hand: of its change's row while it is open. */
export function attemptOf({ changes }: Space, state: State, { c, write }: Writing): Target & { sendBy: number } {
  if (!write.isOpen) return write;
  const open = openAttempt(changes.get(state[FIRST_CHANGE + c]!).row);
  if (!open) throw new Error("An open write is in nobody's row.");
  return { to: open.to, schedule: scheduledSeats(open.schedule), sendBy: ageOf(open.sendBy) };
}
