import type { Clock } from "../domain/access/clock";

const WINDOW_MS = 60_000;
/** Of a request: a sum of many fractions may come out a little above the whole. */
const ROUNDING = 1e-6;
const MOST_KEYS = 10_000;

export interface RateLimiterOptions {
  /** How many requests a key may make at once, and in every minute from then on. */
  perMinute: number;
  clock: Clock;
  /** How many keys are remembered; the one that asked longest ago is forgotten first, and starts anew. 10 000 when absent. */
  mostKeys?: number;
}

/** The key has nothing left. */
export interface Exhausted {
  /** Whole seconds, at least 1, after which there is something again. */
  retryAfterSeconds: number;
  /** Whether this is the first refusal within a minute: the one worth a line in the log. */
  isNews: boolean;
}

export interface RateLimiter {
  /** Takes one request from what the key has; `undefined` when it had one. A refused request costs nothing. */
  take(key: string): Exhausted | undefined;
  /** Whether `take` would be refused; takes nothing. */
  isExhausted(key: string): boolean;
}

interface Bucket {
  /** Requests not given back yet; they flow back evenly, `perMinute` in a minute. */
  used: number;
  /** When that was so, in milliseconds. */
  at: number;
  refusedAt: number;
}

/**
 * A token bucket per key: exact at every moment, without a timer. It is this process's own; other instances count for
 * themselves (docs/adr/0013-limits-per-caller.md).
 */
export function createRateLimiter({ perMinute, clock, mostKeys = MOST_KEYS }: RateLimiterOptions): RateLimiter {
  const intervalMs = WINDOW_MS / perMinute;
  const buckets = new Map<string, Bucket>();

  /** The bucket as it is now. While a clock that was set back catches up, nothing flows back. */
  const bucketOf = (key: string): Bucket => {
    const now = clock().getTime();
    const known = buckets.get(key);
    if (known === undefined) return { used: 0, at: now, refusedAt: Number.NEGATIVE_INFINITY };
    return { ...known, used: Math.max(0, known.used - Math.max(0, now - known.at) / intervalMs), at: now };
  };

  const lackOf = ({ used, at, refusedAt }: Bucket): Exhausted | undefined => {
    const lack = used + 1 - perMinute;
    if (lack <= ROUNDING) return undefined;
    return { retryAfterSeconds: Math.ceil((lack * intervalMs) / 1000), isNews: Math.abs(at - refusedAt) >= WINDOW_MS };
  };

  /** A map keeps the order in which keys were put in, so the first one is the one that asked longest ago. */
  const keep = (key: string, bucket: Bucket): void => {
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > mostKeys && oldest !== undefined) buckets.delete(oldest);
  };

  return {
    take(key) {
      const bucket = bucketOf(key);
      const lack = lackOf(bucket);
      if (lack === undefined) keep(key, { ...bucket, used: bucket.used + 1 });
      else keep(key, { ...bucket, refusedAt: lack.isNews ? bucket.at : bucket.refusedAt });
      return lack;
    },
    isExhausted: (key) => lackOf(bucketOf(key)) !== undefined,
  };
}
