import type { Call } from "./route";
import type { ShownState } from "./subscriptions/subscription-view";
import type { Subscription } from "./world";
import { faultTargetOf } from "./write";

/** Chooses, once per call, which moment a read shows: switch `readStalenessSeconds`, or a `staleRead` fault. */
export function readingMoment(call: Call): (subscription: Subscription) => ShownState | undefined {
  const { simulation } = call;
  const now = simulation.clock.nowMs();
  const fault = simulation.faults.take("staleRead", faultTargetOf(call));
  if (fault && fault.seconds === undefined) return versionBefore;
  const staleSeconds = fault?.seconds ?? simulation.switches.readStalenessSeconds;
  return (subscription) => stateAt(subscription, now - staleSeconds * 1000);
}

/** What it looked like at that moment; undefined when it did not exist yet. */
function stateAt(subscription: Subscription, atMs: number): ShownState | undefined {
  if (subscription.bornAt > atMs) return undefined;
  return subscription.earlier.find((version) => version.until > atMs) ?? subscription;
}

/** The state before its last change, however long ago. */
function versionBefore(subscription: Subscription): ShownState {
  return subscription.earlier.at(-1) ?? subscription;
}
