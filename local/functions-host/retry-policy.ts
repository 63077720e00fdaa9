import type { Duration, RegisteredFunction } from "./core-api";
import type { HostJson } from "./host-json";

/** How often and how soon a failed run is repeated by the host. */
export interface RetryPolicy {
  /** -1: without end. */
  maxRetryCount: number;
  /** Wait before retry number `attempt + 1`. */
  delayMs(attempt: number): number;
}

/** The policy of a function: its own, else the one in host.json. Only for triggers that have host-side retries (timers). */
export function retryPolicyOf(fn: RegisteredFunction, hostJson: HostJson): RetryPolicy | undefined {
  const own = fn.metadata.retryOptions;
  if (own) {
    const maxRetryCount = own.maxRetryCount ?? 0;
    return own.retryStrategy === "exponentialBackoff"
      ? exponential(maxRetryCount, toMs(own.minimumInterval), toMs(own.maximumInterval))
      : fixed(maxRetryCount, toMs(own.delayInterval));
  }
  const shared = hostJson.retry;
  if (!shared) return undefined;
  return shared.strategy === "fixedDelay"
    ? fixed(shared.maxRetryCount, shared.delayInterval)
    : exponential(shared.maxRetryCount, shared.minimumInterval, shared.maximumInterval);
}

function fixed(maxRetryCount: number, delayMs: number): RetryPolicy {
  return { maxRetryCount, delayMs: () => delayMs };
}

/** Doubles from the minimum up to the maximum. The real host adds jitter, which would make tests unsteady. */
function exponential(maxRetryCount: number, minimumMs: number, maximumMs: number): RetryPolicy {
  return { maxRetryCount, delayMs: (attempt) => Math.min(maximumMs, minimumMs * 2 ** attempt) };
}

function toMs(duration: Duration | undefined): number {
  return Number(duration?.seconds ?? 0) * 1000 + (duration?.nanos ?? 0) / 1e6;
}
