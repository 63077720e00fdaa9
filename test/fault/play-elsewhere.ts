import { fork } from "node:child_process";
import { addTally, emptyTally, type Series, type Tally } from "./tally";

/** What a process that plays a share of the runs is started with, beside its series. */
export interface Share {
  /** The built `main.ts`, or a mutant of it. */
  program: string;
  flags: readonly string[];
}

/** Plays a series in another process. Rejects when that process ends without an answer. */
export function playElsewhere({ program, flags }: Share, series: Series): Promise<Tally> {
  const { first, runs, stride, stopAtFailure } = series;
  const args = ["--share", "--first", first, "--runs", runs, "--stride", stride].map(String);
  if (stopAtFailure) args.push("--until-failure");
  return new Promise((resolve, reject) => {
    let told: Tally | undefined;
    const child = fork(program, [...args, ...flags]);
    child.on("message", (tally) => (told = tally as Tally));
    child.on("error", reject);
    child.on("exit", (code) => {
      if (told) resolve(told);
      else reject(new Error(`A process ended with code ${code} before it had played its runs.`));
    });
  });
}

/** Plays a series in so many processes at once. */
export async function playInShares(share: Share, series: Series, jobs: number): Promise<Tally> {
  const sum = emptyTally();
  const parts = Array.from({ length: jobs }, (_, job) => {
    const runs = Math.floor((series.runs + jobs - 1 - job) / jobs);
    const stride = series.stride * jobs;
    return playElsewhere(share, { ...series, first: series.first + job * series.stride, runs, stride });
  });
  for (const part of await Promise.all(parts)) addTally(sum, part);
  return sum;
}
