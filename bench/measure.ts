/** The middle of many measurements, with the quarter of them on either side. */
export interface Spread {
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
  count: number;
}

export interface Compared {
  ours: Spread;
  baseline: Spread;
  /** Median of ours by median of the baseline. */
  ratio: number;
}

/** One repetition; answers how many milliseconds it took. */
export type Repetition = () => Promise<number>;

/**
 * Runs both sides in turn, so that whatever else the machine does meets both alike; who goes first changes every time.
 * The first `warmUp` pairs are not counted.
 */
export async function compare(options: {
  pairs: number;
  warmUp: number;
  ours: Repetition;
  baseline: Repetition;
  /** Runs before each pair, outside of what is measured. */
  before?: () => Promise<void>;
}): Promise<Compared> {
  const ours: number[] = [];
  const baseline: number[] = [];
  for (let pair = 0; pair < options.warmUp + options.pairs; pair++) {
    await options.before?.();
    const isOursFirst = pair % 2 === 0;
    const first = await (isOursFirst ? options.ours() : options.baseline());
    const second = await (isOursFirst ? options.baseline() : options.ours());
    if (pair < options.warmUp) continue;
    ours.push(isOursFirst ? first : second);
    baseline.push(isOursFirst ? second : first);
  }
  const spreads = { ours: spreadOf(ours), baseline: spreadOf(baseline) };
  return { ...spreads, ratio: spreads.ours.median / spreads.baseline.median };
}

/** Milliseconds from the call until its promise resolves. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/** Between two neighbours in proportion, as most statistics programs do it. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
