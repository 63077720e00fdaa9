import { faultTable, type Tally } from "./tally";

/** A long series must have tried every fault at every step at least so often. */
const LEAST_PER_PAIR = 50;
const LONG_SERIES = 20_000;
const MOST_FAILURES_SHOWN = 20;

/** True when no run failed, every run was worth its time, and a long series met every fault at every step often enough. */
export function isGood(tally: Tally): boolean {
  const isEnough = tally.runs < LONG_SERIES || rarePairs(tally).length === 0;
  return tally.failures.length === 0 && tally.worthCounting === tally.runs && isEnough;
}

/** What a series came to, for people. */
export function reportOf(tally: Tally, seconds: number): string {
  const failures = tally.failures
    .slice(0, MOST_FAILURES_SHOWN)
    .flatMap(({ seed, wrong }) => [
      `FAILED with seed ${seed}: npm run test:fault -- --seed ${seed}`,
      ...wrong.map((line) => `  ${line}`),
    ]);
  const endings = Object.entries(tally.endings)
    .sort(([, a], [, b]) => b - a)
    .map(([name, times]) => `  ${String(times).padStart(8)} ${name}`);
  return [
    "Faults by step",
    ...faultTable(tally).map(({ step, counts }) => {
      const cells = counts.map(({ fault, times }) => `${fault} ${times}`);
      return `  ${step.padEnd(36)} ${cells.join(" · ")}`;
    }),
    "How the changes ended",
    ...endings,
    rarestOf(tally),
    ...failures,
    `${tally.runs} runs (${tally.worthCounting} with three changes, two subscriptions and a fault; ${tally.overSockets} over sockets), ${tally.steps} steps, ` +
      `${tally.outsideChanges} outside changes, ${seconds.toFixed(1)} s: ${verdictOf(tally)}`,
  ].join("\n");
}

function verdictOf(tally: Tally): string {
  if (tally.failures.length > 0) return `${tally.failures.length} runs FAILED`;
  return isGood(tally) ? "every assertion holds" : "FAILED: too little happened in these runs to prove anything";
}

interface Pair {
  step: string;
  fault: string;
  times: number;
}

function pairs(tally: Tally): Pair[] {
  return faultTable(tally).flatMap(({ step, counts }) => counts.map((pair) => ({ ...pair, step })));
}

function rarePairs(tally: Tally): Pair[] {
  return pairs(tally).filter(({ times }) => times < LEAST_PER_PAIR);
}

function rarestOf(tally: Tally): string {
  const all = pairs(tally);
  const least = all.reduce((rarest, pair) => (pair.times < rarest.times ? pair : rarest));
  const text = `The rarest of ${all.length} pairs: ${least.fault} @ ${least.step}, ${least.times} times`;
  const rare = rarePairs(tally);
  if (tally.runs < LONG_SERIES || rare.length === 0) return text;
  return `${text}; below ${LEAST_PER_PAIR}: ${rare.map(({ fault, step, times }) => `${fault} @ ${step} (${times})`).join(", ")}`;
}
