import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { playInShares } from "./play-elsewhere";
import { isGood, reportOf } from "./report";
import { playSeries, type Tally } from "./tally";
import { tryMutants } from "./try-mutants";

/*
 * Fault runs of the change ledger:
 *   --runs N                  so many runs, default 2000; seeds --first (default 1) and up
 *   --seed N                  one run, told step by step
 *   --mutants                 takes rules out of the ledger, one by one, and sees that --runs N notice
 *   --jobs N                  processes, default: two, or as many as there are cores
 *   --until-failure           ends with the first run that fails
 *   --ledger-sweeper on|off   for every run, in place of by chance
 *   --sockets on|off          Azurite and the broker for every run, or for none, in place of one in 64
 * Exit code 1 when a run fails, or a mutant does not. (--share and --stride are between these processes.)
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
    sockets: { type: "string" },
    mutants: { type: "boolean", default: false },
    share: { type: "boolean", default: false },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const { sockets, "ledger-sweeper": sweeper } = values;
const options = { ledgerSweeper: isOn(sweeper), sockets: isOn(sockets) };
const flags = [
  ...(sweeper === undefined ? [] : ["--ledger-sweeper", sweeper]),
  ...(sockets === undefined ? [] : ["--sockets", sockets]),
];
const [runs, jobs] = [numberOf(values.runs), numberOf(values.jobs)];
const series = {
  ...{ first: numberOf(values.first), runs, stride: numberOf(values.stride) },
  stopAtFailure: values["until-failure"],
};

function isOn(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === "on";
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`Not a number of runs, seeds or jobs: ${text}`);
  return number;
}

/** One of several processes: plays its share and tells its parent. */
async function playShare(): Promise<void> {
  const tally = await playSeries(series, options);
  process.send?.(tally);
  process.disconnect();
}

function playOrReplay(): Promise<Tally> {
  if (values.seed === undefined) return playInShares({ program: __filename, flags }, series, jobs);
  return playSeries({ first: numberOf(values.seed), runs: 1, stride: 1 }, { ...options, trace: say });
}

async function main(): Promise<void> {
  if (values.share) return playShare();
  const began = performance.now();
  if (values.mutants) {
    process.exitCode = (await tryMutants(runs, jobs, say)) ? 0 : 1;
    return;
  }
  const tally = await playOrReplay();
  say(reportOf(tally, (performance.now() - began) / 1000));
  process.exitCode = isGood(tally) ? 0 : 1;
}

void main();
