import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { addTally, emptyTally, playSeries, type Series, type Tally } from "./tally";
import { reportOf } from "./report";

/*
 * Fault runs of the change ledger:
 *   --runs N          so many runs, default 2000; seeds --first (default 1) and up
 *   --seed N          one run, told step by step
 *   --jobs N          processes, default: two, or as many as there are cores
 *   --until-failure   ends with the first run that fails
 *   --ledger-sweeper on|off   for every run, in place of by chance
 * Exit code 1 when a run fails.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2000" },
    first: { type: "string", default: "1" },
    stride: { type: "string", default: "1" },
    seed: { type: "string" },
    jobs: { type: "string", default: String(Math.min(2, availableParallelism())) },
    "until-failure": { type: "boolean", default: false },
    "ledger-sweeper": { type: "string" },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const sweeper = values["ledger-sweeper"];
const options = { ledgerSweeper: sweeper === undefined ? undefined : sweeper === "on" };

async function replay(seed: number): Promise<Tally> {
  return playSeries({ first: seed, runs: 1, stride: 1 }, { ...options, trace: say });
}

/** One of several processes: plays its share and tells its parent. */
async function playShare(series: Series, tell: (tally: Tally) => void): Promise<void> {
  tell(await playSeries(series, options));
  process.disconnect();
}

async function playAll(series: Series, jobs: number): Promise<Tally> {
  const sum = emptyTally();
  const shares = Array.from({ length: jobs }, (_, job) => {
    const runs = Math.floor((series.runs + jobs - 1 - job) / jobs);
    return playElsewhere({ ...series, first: series.first + job, runs, stride: jobs });
  });
  for (const share of await Promise.all(shares)) addTally(sum, share);
  return sum;
}

function playElsewhere({ first, runs, stride, stopAtFailure }: Series): Promise<Tally> {
  const args = ["--first", first, "--runs", runs, "--stride", stride, "--jobs", 1].map(String);
  if (stopAtFailure) args.push("--until-failure");
  if (sweeper !== undefined) args.push("--ledger-sweeper", sweeper);
  return new Promise((resolve, reject) => {
    let told: Tally | undefined;
    const child = fork(__filename, args);
    child.on("message", (tally) => (told = tally as Tally));
    child.on("exit", (code) => {
      if (told) resolve(told);
      else reject(new Error(`A process ended with code ${code} before it had played its runs.`));
    });
  });
}

async function main(): Promise<void> {
  const began = performance.now();
  const { first, runs, stride, jobs, seed } = values;
  const stopAtFailure = values["until-failure"];
  const series = { first: Number(first), runs: Number(runs), stride: Number(stride), stopAtFailure };
  if (process.send) return playShare(series, (tally) => process.send?.(tally));
  const tally = seed === undefined ? await playAll(series, Number(jobs)) : await replay(Number(seed));
  say(reportOf(tally, (performance.now() - began) / 1000));
  process.exitCode = tally.failures.length > 0 ? 1 : 0;
}

void main();
