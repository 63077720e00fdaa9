import { setTimeout as pause } from "node:timers/promises";

/** The machine's time and chance, injected so that tests neither wait nor guess. */
export interface Time {
  /** Epoch milliseconds. */
  now(): number;
  /** Rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to, not including, 1. */
  random(): number;
}

export const systemTime: Time = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await pause(ms, undefined, signal === undefined ? {} : { signal });
  },
  random: () => Math.random(),
};

/** What to make of a failed attempt. `afterMs` is what the other side asked for (`Retry-After`); it wins over ours. */
export type RetryVerdict = { again: false } | { again: true; afterMs?: number };

export interface RetryPolicy {
  /** Attempts after the first. */
  retries: number;
  baseMs: number;
  capMs: number;
  /** A wait longer than this is not ours to sit through: the failure goes to the caller, who can schedule it. */
  longestWaitMs: number;
}

export const READ_RETRIES: RetryPolicy = { retries: 3, baseMs: 500, capMs: 8_000, longestWaitMs: 20_000 };

/**
 * Repeats a READ that failed for a reason that may pass, with decorrelated jitter (`min(cap, random(base, 3 × last))`).
 * Never wrap a write in it: a write whose answer was lost may have happened. The last failure is thrown as it came.
 */
export async function retryRead<T>(
  attempt: () => Promise<T>,
  judge: (error: unknown) => RetryVerdict,
  options: { time: Time; policy?: RetryPolicy; signal?: AbortSignal },
): Promise<T> {
  const { time, policy = READ_RETRIES, signal } = options;
  let lastWaitMs = policy.baseMs;
  for (let retriesLeft = policy.retries; ; retriesLeft--) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const verdict = judge(error);
      if (!verdict.again || retriesLeft <= 0) throw error;
      lastWaitMs = Math.min(policy.capMs, policy.baseMs + time.random() * (lastWaitMs * 3 - policy.baseMs));
      const waitMs = verdict.afterMs ?? lastWaitMs;
      if (waitMs > policy.longestWaitMs) throw error;
      await time.sleep(waitMs, signal);
    }
  }
}

/**
 * Whole seconds a `Retry-After` header asks for (RFC 9110 §10.2.3: seconds or an HTTP date), never below zero;
 * undefined without one or when it is unreadable.
 */
export function retryAfterSeconds(header: string | null | undefined, now: Date): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text));
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
