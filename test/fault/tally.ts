import { FAULTS_BY_STEP } from "./fault-kinds";
import { isWorthCounting, judge } from "./judge";
import { startMicrosoft } from "./microsoft";
import { openMemoryPlatform, startSockets, type Sockets } from "./platform";
import { play, type OpenPlatform, type Played, type RunOptions } from "./play";

/** What a series of runs came to. Plain data: a part of the series may be played by another process. */
export interface Tally {
  runs: number;
  /** Runs with at least three changes of two subscriptions and a fault that fired. */
  worthCounting: number;
  /** Runs with Azurite and the broker; the others kept rows and messages in memory. */
  overSockets: number;
  steps: number;
  outsideChanges: number;
  /** How often each fault met each step, as `kind @ step`. */
  faults: Record<string, number>;
  /** How the changes ended, as `state code`. */
  endings: Record<string, number>;
  failures: { seed: number; wrong: string[] }[];
}

export function emptyTally(): Tally {
  return {
    runs: 0,
    worthCounting: 0,
    overSockets: 0,
    steps: 0,
    outsideChanges: 0,
    faults: {},
    endings: {},
    failures: [],
  };
}

export interface Series {
  first: number;
  runs: number;
  /** Goes on with the run that many seeds later. */
  stride: number;
  /** Ends with the first run that fails. */
  stopAtFailure?: boolean | undefined;
}

/** One run in so many uses Azurite and the broker over sockets; the others keep rows and messages in memory. */
const SOCKETS_EVERY = 64;

export interface SeriesOptions extends RunOptions {
  /** For every run, or for none. Absent: for one in 64, by its seed. */
  sockets?: boolean | undefined;
}

/** Plays a series of runs against one simulator. */
export async function playSeries(series: Series, options: SeriesOptions = {}): Promise<Tally> {
  const microsoft = await startMicrosoft();
  const { clock } = microsoft;
  const tally = emptyTally();
  let sockets: Sockets | undefined;
  try {
    for (let i = 0; i < series.runs; i++) {
      const seed = series.first + i * series.stride;
      const isOverSockets = options.sockets ?? seed % SOCKETS_EVERY === 0;
      if (isOverSockets) sockets ??= await startSockets(clock);
      const started = sockets;
      const openPlatform: OpenPlatform =
        isOverSockets && started
          ? (random) => started.open({ clock, random })
          : (random) => openMemoryPlatform({ clock, random });
      const wrong = await play(microsoft, openPlatform, seed, options, async (run) => {
        count(tally, run);
        return judge(run);
      });
      tally.overSockets += isOverSockets ? 1 : 0;
      if (wrong.length > 0) tally.failures.push({ seed, wrong });
      if (wrong.length > 0 && series.stopAtFailure) break;
    }
  } finally {
    await sockets?.close();
    await microsoft.simulator.close();
  }
  return tally;
}

function count(tally: Tally, run: Played): void {
  tally.runs++;
  tally.worthCounting += isWorthCounting(run) ? 1 : 0;
  tally.steps += run.steps;
  tally.outsideChanges += run.outsideChanges;
  for (const [name, times] of run.plan.fired) add(tally.faults, name, times);
  for (const { state, outcome } of run.changes) add(tally.endings, `${state} ${outcome?.code ?? ""}`.trim(), 1);
}

export function addTally(sum: Tally, part: Tally): void {
  sum.runs += part.runs;
  sum.worthCounting += part.worthCounting;
  sum.overSockets += part.overSockets;
  sum.steps += part.steps;
  sum.outsideChanges += part.outsideChanges;
  for (const [name, times] of Object.entries(part.faults)) add(sum.faults, name, times);
  for (const [name, times] of Object.entries(part.endings)) add(sum.endings, name, times);
  sum.failures.push(...part.failures);
}

function add(counts: Record<string, number>, name: string, times: number): void {
  counts[name] = (counts[name] ?? 0) + times;
}

/** Every pair of fault and step that can happen, with how often it did. */
export function faultTable(tally: Tally): { step: string; counts: { fault: string; times: number }[] }[] {
  return [...FAULTS_BY_STEP].map(([step, kinds]) => ({
    step,
    counts: kinds.map((fault) => ({ fault, times: tally.faults[`${fault} @ ${step}`] ?? 0 })),
  }));
}
