import { faultTable, type Tally } from "./tally";

/** A long series must have tried every fault at every step at least so often. */
const LEAST_PER_PAIR = 50;
const LONG_SERIES = 20_000;
const MOST_FAILURES_SHOWN = 20;

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
    rareOf(tally),
    ...failures,
    `${tally.runs} runs (${tally.worthCounting} with three changes, two subscriptions and a fault), ${tally.steps} steps, ` +
      `${tally.outsideChanges} outside changes, ${seconds.toFixed(1)} s: ${verdictOf(tally)}`,
  ].join("\n");
}

function verdictOf({ failures }: Tally): string {
  return failures.length === 0 ? "every assertion holds" : `${failures.length} runs FAILED`;
}

function rareOf(tally: Tally): string {
  const pairs = faultTable(tally).flatMap(({ step, counts }) => counts.map((pair) => ({ ...pair, step })));
  const least = pairs.reduce((rarest, pair) => (pair.times < rarest.times ? pair : rarest));
  const rare = pairs.filter(({ times }) => times < LEAST_PER_PAIR);
  const text = `The rarest of ${pairs.length} pairs: ${least.fault} @ ${least.step}, ${least.times} times`;
  if (tally.runs < LONG_SERIES || rare.length === 0) return text;
  return `${text}; below ${LEAST_PER_PAIR}: ${rare.map(({ fault, step }) => `${fault} @ ${step}`).join(", ")}`;
}
