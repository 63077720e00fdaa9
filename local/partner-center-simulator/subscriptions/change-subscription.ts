import type { Simulation } from "../route";
import { HOUR_MS } from "../terms";
import type { Effect, Subscription } from "../world";

/** Stale reads reach back no further than this. */
const KEPT_MS = 24 * HOUR_MS;

/**
 * Runs a change of a subscription and tells what it did. Every change goes through here, so that stale reads find the
 * state before it, the etag moves, and time acts on the new dates.
 */
export function changeSubscription(
  simulation: Simulation,
  subscription: Subscription,
  atMs: number,
  change: () => string | undefined,
): Effect {
  const before = structuredClone(subscription.resource);
  const lots = structuredClone(subscription.lots);
  const orderId = change();
  const after = subscription.resource;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (changed.length > 0) {
    const recent = subscription.earlier.filter((version) => version.until > atMs - KEPT_MS);
    subscription.earlier = [...recent.slice(-20), { until: atMs, resource: before, lots }];
    subscription.version++;
  }
  if (before.status !== after.status) subscription.statusSince = atMs;
  simulation.wakeAt(simulation.nextEventOf(subscription));
  return {
    subscriptionId: subscription.id,
    quantityBefore: before.quantity,
    quantityAfter: after.quantity,
    delta: after.quantity - before.quantity,
    statusBefore: before.status,
    statusAfter: after.status,
    changed,
    ...(orderId === undefined ? {} : { orderId }),
  };
}
