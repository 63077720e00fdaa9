import type { Call } from "./route";

const WINDOW_MS = 60_000;

/**
 * Seconds to wait when the published limit is exceeded: so many requests a minute on the Subscription resource for one
 * partner and customer tenant (partner-center-api.md §1.7). Refused calls count too. Undefined: go on.
 */
export function exceededRate(call: Call): number | undefined {
  const { world, clock, switches } = call.simulation;
  const limit = switches.subscriptionRequestsPerMinute;
  if (limit === 0 || !/^\/v1\/customers\/[^/]+\/subscriptions/i.test(call.path)) return undefined;
  const key = `${call.caller.partner.tenantId} ${call.params["customerId"] ?? ""}`;
  const windows = world.rateWindows;
  const now = clock.nowMs();
  const found = windows.get(key);
  const window = found && now - found.from < WINDOW_MS ? found : { from: now, count: 0 };
  window.count++;
  windows.set(key, window);
  return window.count > limit ? Math.max(1, Math.ceil((window.from + WINDOW_MS - now) / 1000)) : undefined;
}
