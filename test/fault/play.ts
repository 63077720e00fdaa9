import { applyChange } from "../../shared/domain/changes/apply-change";
import { CHANGE_PREFIX, changeRow, type Change } from "../../shared/domain/changes/change";
import type { QuantityEdit } from "../../shared/domain/changes/judge-edits";
import { ChangePointer } from "../../shared/domain/changes/save-transition";
import { sweepWork } from "../../shared/domain/changes/sweep-work";
import { takeDeadLetter } from "../../shared/domain/changes/take-dead-letter";
import { Head, HEAD_ROW, tenantPartition } from "../../shared/domain/decisions/head";
import { sweepOutbox } from "../../shared/domain/decisions/outbox";
import { TENANT } from "../build/ids";
import { memoryStateStore, type MemoryStateStore } from "../fakes/memory-state-store";
import { memoryWorkIndex } from "../fakes/memory-work-index";
import { createFaultPlan, drawFaults, type FaultPlan } from "./fault-plan";
import { createFaultyQueue, type Delivery } from "./faulty-queue";
import { changeSeatsOutside, restart, SUBSCRIPTIONS, type Microsoft } from "./microsoft";
import { composeEdits, drawWishes, prepareTables, request, type Wish } from "./operator";
import { createRandom } from "./random";
import { createScheduler, type Accidents, type ServerProcess } from "./scheduler";
import { startServer, type Installation, type ServerDeps } from "./server";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** After the last accident everything must be over within this time (change ledger §9). */
const PATIENCE_MS = 2 * HOUR;
const SWEEP_EVERY_MS = 3 * MINUTE;
const HANDLERS_PER_PROCESS = 2;
const PARTITION = tenantPartition(TENANT);

export interface RunOptions {
  /**
   * Off: only the outbox is swept, and forgotten changes stay forgotten; then a message is in one hand at a time, because
   * a worker that finds another one at its change leaves it to that one, or to the sweeper. Absent: by chance.
   */
  ledgerSweeper?: boolean | undefined;
  trace?: ((line: string) => void) | undefined;
}

/** What a run left behind, for the judge. */
export interface Played {
  seed: number;
  store: MemoryStateStore;
  changes: Change[];
  /** Partitions still in the work index after everything had been idle for an hour. */
  workLeft: string[];
  isQueueEmpty: boolean;
  outsideChanges: number;
  isLedgerSwept: boolean;
  /** False: time was up with something undone. */
  isOver: boolean;
  plan: FaultPlan;
  steps: number;
  simulator: Microsoft["simulator"];
}

interface Running {
  process: ServerProcess;
  deps: ServerDeps;
  handling: number;
}

/** Plays one run to its end: requests, workers, sweeper and accidents, all drawn from the seed. */
export async function play(microsoft: Microsoft, seed: number, options: RunOptions = {}): Promise<Played> {
  const random = createRandom(seed);
  const { clock, simulator } = microsoft;
  restart(microsoft, { replaysRequestIds: random.chance(0.5) });
  const isLedgerSwept = options.ledgerSweeper ?? random.chance(0.8);
  const begin = clock.nowMs();
  const now = (): Date => clock.now();
  const trace = (line: string): void => options.trace?.(`${now().toISOString().slice(11, 23)} ${line}`);
  const plan = createFaultPlan(drawFaults(random, { twoHands: isLedgerSwept }), random);
  for (const { kind, step, occurrence } of plan.planned) trace(`planned: ${kind} @ ${step}, number ${occurrence}`);

  const store = memoryStateStore();
  await prepareTables(store);
  const work = memoryWorkIndex(now);
  const queue = createFaultyQueue({ clock, random, isOrdered: random.chance(0.5) });
  const running: Running[] = [];
  let started = 0;
  let outsideChanges = 0;
  let openRequests = 0;
  let isSweeping = false;

  const accidents: Accidents = {
    crashed: (process) => {
      queue.release(process, "afterLock");
      running.splice(0, running.length, ...running.filter((one) => one.process !== process));
      scheduler.at(clock.nowMs() + random.between(0, 90) * SECOND, start);
    },
    stoodStill: (who) => {
      for (const { process } of running) if (who === "all" || who === process) queue.release(process, "afterLock");
    },
    lockLost: (process) => queue.release(process, "now"),
    outsideChange: () => {
      const delta = random.pick([-5, -3, -1, 1, 2, 3, 5]);
      const target = random.pick(SUBSCRIPTIONS.slice(0, 2));
      const isDone = changeSeatsOutside(simulator, target, delta);
      if (isDone) outsideChanges++;
      trace(`outside: ${delta} seats of ${target.slice(-1)}${isDone ? "" : " (refused)"}`);
    },
  };
  const scheduler = createScheduler({ clock, random, plan, accidents, trace, nextWorkAt: () => queue.nextDueAt() });
  const installation: Installation = { store, work, queue, simulator, scheduler, random, clock: now };

  const start = (): void => {
    const process: ServerProcess = { name: `p${++started}`, isAlive: true, pausedUntil: 0 };
    running.push({ process, deps: startServer(installation, process), handling: 0 });
  };

  const handle = async (one: Running, delivery: Delivery): Promise<void> => {
    trace(`${one.process.name}: handles ${delivery.message.messageId.slice(-8)}`);
    one.handling++;
    try {
      await applyChange(one.deps, ChangePointer.parse(delivery.message.body));
      await scheduler.call(one.process, "complete", (fault) => {
        if (fault === "error") return Promise.reject(new Error("The broker does not answer."));
        return queue.complete(delivery);
      });
    } catch {
      if (one.process.isAlive) queue.abandon(delivery);
    } finally {
      one.handling--;
    }
  };

  const handleDeadLetter = async ({ deps }: Running): Promise<boolean> => {
    const dead = queue.takeDeadLetter();
    if (!dead) return false;
    try {
      await takeDeadLetter(deps, dead.body);
    } catch {
      trace("a dead letter could not be handled");
    }
    return true;
  };

  const able = (): Running[] =>
    running.filter(({ process, handling }) => process.pausedUntil <= clock.nowMs() && handling < HANDLERS_PER_PROCESS);

  /** Hands out one message, if there is one and somebody to take it. */
  const startWork = (): boolean => {
    const candidates = able();
    if (candidates.length === 0) return false;
    const one = random.pick(candidates);
    const delivery = queue.take(one.process);
    if (delivery) void handle(one, delivery);
    else void handleDeadLetter(one);
    return delivery !== undefined;
  };

  const sweep = async ({ deps }: Running): Promise<void> => {
    if (isSweeping) return;
    isSweeping = true;
    try {
      if (isLedgerSwept) await sweepWork(deps);
      else for await (const { partition } of deps.work.entries()) await sweepOutbox(deps, partition);
    } catch {
      trace("a sweep failed");
    } finally {
      isSweeping = false;
    }
  };

  const sweepAgain = (): void => {
    const candidates = able();
    if (candidates.length > 0) void sweep(random.pick(candidates));
    scheduler.at(clock.nowMs() + SWEEP_EVERY_MS, sweepAgain);
  };

  /** Repeats the request until it is answered, as a careful client does. */
  const ask = async (number: number, wishes: Wish[], edits?: QuantityEdit[]): Promise<void> => {
    const candidates = able();
    let composed = edits;
    try {
      if (candidates.length === 0) throw new Error("No server answers.");
      const { deps } = random.pick(candidates);
      composed ??= await composeEdits(deps, wishes);
      const items = await request(deps, number, composed);
      trace(`request ${number}: ${items.map(({ outcome }) => outcome).join(", ")}`);
      openRequests--;
    } catch (error) {
      trace(`request ${number} failed: ${String(error)}`);
      scheduler.at(clock.nowMs() + 20 * SECOND, () => void ask(number, wishes, composed));
    }
  };

  const changes = (): Change[] =>
    [...store.dump(PARTITION).values()]
      .filter(({ row }) => row.startsWith(CHANGE_PREFIX))
      .map(({ value }) => value as Change);
  /** Asked after every step: only changes the head calls open are looked at. */
  const isQuiet = (): boolean => {
    const rows = store.dump(PARTITION);
    const open = openRequests > 0 ? undefined : Head.parse(rows.get(HEAD_ROW)?.value).openChanges;
    return open?.every((id) => (rows.get(changeRow(id))?.value as Change).state === "NeedsReview") ?? false;
  };
  const isOutOfTime = (): boolean => clock.nowMs() > Math.max(scheduler.lastAccident(), begin) + PATIENCE_MS;

  start();
  start();
  for (const [number, wishes] of drawWishes(random).entries()) {
    openRequests++;
    scheduler.at(begin + (number === 0 ? 0 : random.between(0, 20 * 60)) * SECOND, () => void ask(number, wishes));
  }
  scheduler.at(begin + random.between(0, 180) * SECOND, sweepAgain);
  await scheduler.drive(() => isQuiet() || isOutOfTime(), startWork);
  const isOver = isQuiet();

  // An hour of peace: the last messages arrive, the sweeper finds nothing and forgets the partition.
  plan.stop();
  const peace = Math.max(clock.nowMs(), scheduler.lastAccident()) + HOUR + 4 * SWEEP_EVERY_MS;
  await scheduler.drive(() => clock.nowMs() > peace, startWork);
  const workLeft = work.partitions();
  const played = { seed, store, changes: changes(), workLeft, isQueueEmpty: queue.isEmpty(), isOver, plan };
  for (const { process } of [...running]) scheduler.crash(process);
  clock.stop();
  return { ...played, outsideChanges, isLedgerSwept, steps: scheduler.steps(), simulator };
}
