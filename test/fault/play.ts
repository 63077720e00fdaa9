import type { Clock } from "../../shared/domain/access/clock";
import { CHANGE_PREFIX, Change, changeRow } from "../../shared/domain/changes/change";
import type { ChangeLine } from "../../shared/domain/changes/change-list";
import { Head, HEAD_ROW, tenantPartition } from "../../shared/domain/decisions/head";
import type { StateStore, StoredRow } from "../../shared/domain/decisions/state-store";
import { TENANT } from "../build/ids";
import type { Step } from "./fault-kinds";
import { createFaultPlan, drawFaults, type FaultPlan } from "./fault-plan";
import { changeSeatsOutside, drawWorld, restart, SUBSCRIPTIONS, type Microsoft, type World } from "./microsoft";
import { letAsk, prepareTables, type Operator } from "./operator";
import type { Platform } from "./platform";
import { createRandom, type Random } from "./random";
import { createScheduler, type Accidents, type Scheduler } from "./scheduler";
import type { Installation } from "./server";
import { answerReview } from "./second-thoughts";
import { createServers, type Servers } from "./servers";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** After the last accident everything must be over within this time (change ledger §9). */
const PATIENCE_MS = 2 * HOUR;
const REVIEW_EVERY_MS = 30 * MINUTE;
const LATEST_FIRST_SWEEP_S = 180;
/** Long enough for the sweeper to forget the partition. */
const PEACE_MS = HOUR + 45 * MINUTE;
const SWEEP_IN_PEACE_EVERY_MS = 20 * MINUTE;
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
  world: World;
  store: StateStore;
  rows: readonly StoredRow[];
  changes: Change[];
  /** What the list across tenants shows of them. */
  shown: ChangeLine[];
  /** Partitions still in the work index after everything had been idle for an hour. */
  workLeft: string[];
  isQueueEmpty: boolean;
  outsideChanges: number;
  /** Of those, the ones that nobody can attribute. */
  unrecordedChanges: number;
  isLedgerSwept: boolean;
  /** False: time was up with something undone. */
  isOver: boolean;
  plan: FaultPlan;
  steps: number;
  clock: Clock;
  simulator: Microsoft["simulator"];
}

/** A run while it is played. */
interface Stage extends Installation {
  servers: Servers;
  isLedgerSwept: boolean;
  outsideChanges: number;
  unrecordedChanges: number;
}

/** Opens where the state of the run lies, after the clock has begun again. */
export type OpenPlatform = (random: Random) => Promise<Platform> | Platform;

/**
 * Plays one run to its end: requests, workers, sweeper and accidents, all drawn from the seed. `look` sees what is left
 * before it is cleared away.
 */
export async function play<T>(
  microsoft: Microsoft,
  openPlatform: OpenPlatform,
  seed: number,
  options: RunOptions,
  look: (run: Played) => Promise<T>,
): Promise<T> {
  const random = createRandom(seed);
  const isLedgerSwept = options.ledgerSweeper ?? random.chance(0.8);
  const faults = drawFaults(random, { twoHands: isLedgerSwept });
  const world = drawWorld(random, { isScheduled: faults.some(({ step }) => NEEDS_SCHEDULE.includes(step)) });
  restart(microsoft, world);
  const platform = await openPlatform(random);
  try {
    await prepareTables(platform.store);
    const plan = createFaultPlan(faults, random);
    const stage = setStage(microsoft, { platform, random, plan, isLedgerSwept, trace: options.trace });
    const operator = begin(stage);
    const { isOver } = await playToTheEnd(stage, operator);
    return await look({ seed, world, isOver, ...(await leftBehind(stage)) });
  } finally {
    await platform.close();
    microsoft.clock.stop();
  }
}

/** Steps that only a change with a renewal schedule comes to. */
const NEEDS_SCHEDULE: readonly Step[] = ["write schedule", "commit change.written"];

type Setting = Pick<Stage, "platform" | "random" | "plan" | "isLedgerSwept"> & Pick<RunOptions, "trace">;

function setStage({ clock, simulator }: Microsoft, setting: Setting): Stage {
  const { platform, random, plan, isLedgerSwept } = setting;
  const now = (): Date => clock.now();
  const trace = (line: string): void => setting.trace?.(`${now().toISOString().slice(11, 23)} ${line}`);
  for (const { kind, step, occurrence } of plan.planned) trace(`planned: ${kind} @ ${step}, number ${occurrence}`);
  const accidents: Accidents = {
    crashed: (process) => stage.servers.crashed(process),
    lockLost: (process) => stage.servers.lockLost(process),
    outsideChange: () => changeOutside(stage),
  };
  const nextWorkAt = (): number | undefined => {
    const moments = Object.values(platform.queues).map((queue) => queue.nextDueAt() ?? Infinity);
    return Math.min(...moments) === Infinity ? undefined : Math.min(...moments);
  };
  const scheduler: Scheduler = createScheduler({ clock, random, plan, accidents, trace, nextWorkAt });
  const installation: Installation = { platform, simulator, scheduler, random, plan, clock: now, trace };
  const servers = createServers(installation, { isLedgerSwept });
  const stage: Stage = { ...installation, servers, isLedgerSwept, outsideChanges: 0, unrecordedChanges: 0 };
  return stage;
}

/** More seats than any change asks for: nobody takes such an order for ours. */
const UNLIKE_OURS = 7;

/** Somebody else changes seats; now and then Microsoft keeps no record of it, so that nobody can tell who it was. */
function changeOutside(stage: Stage): void {
  const { random, simulator, trace } = stage;
  const isRecorded = random.chance(0.75);
  const delta = isRecorded ? random.pick([-5, -3, -1, 1, 2, 3, 5]) : UNLIKE_OURS;
  const target = random.pick(SUBSCRIPTIONS.slice(0, 2));
  const isDone = changeSeatsOutside(simulator, target, delta, { isRecorded });
  if (isDone) stage.outsideChanges++;
  if (isDone && !isRecorded) stage.unrecordedChanges++;
  const how = isDone ? (isRecorded ? "" : " without a record") : " (refused)";
  trace(`outside: ${delta} seats of ${target.slice(-1)}${how}`);
}

function begin(stage: Stage): Operator {
  const { servers, scheduler, random, clock, platform } = stage;
  servers.start();
  servers.start();
  const operator = letAsk(stage, servers);
  const firstSweep = clock().getTime() + random.between(0, LATEST_FIRST_SWEEP_S) * SECOND;
  scheduler.at(firstSweep, () => servers.sweepEvery(platform.sweepEveryMs));
  reviewEvery(stage, REVIEW_EVERY_MS);
  return operator;
}

/** A person looks after what waits for one. */
function reviewEvery(stage: Stage, ms: number): void {
  const { platform, scheduler, servers, clock } = stage;
  let round = 0;
  const review = async (): Promise<void> => {
    round++;
    const changes = await openChanges(platform.store);
    for (const change of changes.filter(({ state }) => state === "NeedsReview")) {
      answerReview(stage, servers, change, round);
    }
  };
  const again = (): void => {
    void review();
    scheduler.at(clock().getTime() + ms, again);
  };
  scheduler.at(clock().getTime() + ms, again);
}

async function playToTheEnd(stage: Stage, operator: Operator): Promise<{ isOver: boolean }> {
  const { servers, scheduler, plan, clock, platform } = stage;
  const nowMs = (): number => clock().getTime();
  const { startWork, keepAlive } = servers;
  const began = nowMs();
  const isQuiet = async (): Promise<boolean> =>
    operator.open() === 0 && (await openChanges(platform.store)).length === 0;
  const isOutOfTime = (): boolean => nowMs() > Math.max(scheduler.lastAccident(), began) + PATIENCE_MS;
  await scheduler.drive({ startWork, keepAlive, isOver: async () => isOutOfTime() || (await isQuiet()) });
  const isOver = await isQuiet();

  // The last messages arrive, the sweeper finds nothing and forgets the partition.
  plan.stop();
  const peace = Math.max(nowMs(), scheduler.lastAccident()) + PEACE_MS;
  servers.sweepEvery(SWEEP_IN_PEACE_EVERY_MS);
  await scheduler.drive({ startWork, keepAlive, isOver: () => nowMs() > peace });
  for (const { process } of [...servers.running()]) await scheduler.crash(process);
  return { isOver };
}

async function openChanges(store: StateStore): Promise<Change[]> {
  const head = Head.parse((await store.get(PARTITION, HEAD_ROW))?.value);
  const rows = await Promise.all(head.openChanges.map((id) => store.get(PARTITION, changeRow(id))));
  return rows.map((row) => Change.parse(row?.value));
}

async function leftBehind(stage: Stage): Promise<Omit<Played, "seed" | "world" | "isOver">> {
  const { platform, plan, outsideChanges, unrecordedChanges, isLedgerSwept, simulator, clock, scheduler } = stage;
  const rows = await allRows(platform.store);
  const workLeft: string[] = [];
  for await (const { partition } of platform.work.entries()) workLeft.push(partition);
  const shown = await platform.changeList.list({ limit: 500, keep: () => Promise.resolve(true) });
  const changes = rows.filter(({ row }) => row.startsWith(CHANGE_PREFIX)).map(({ value }) => Change.parse(value));
  return {
    ...{ store: platform.store, rows, changes, workLeft, shown: shown.value },
    isQueueEmpty: Object.values(platform.queues).every((queue) => queue.isEmpty()),
    ...{ plan, outsideChanges, unrecordedChanges, isLedgerSwept, simulator, clock, steps: scheduler.steps() },
  };
}

async function allRows(store: StateStore): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(PARTITION, { prefix: "", limit: 500, ...(after ? { after } : {}) });
    rows.push(...page.rows);
    after = page.next;
  } while (after);
  return rows;
}
