import type { Simulation } from "../route";
import type { Subscription } from "../world";

/** What the rules of an update look at. */
export interface UpdateContext {
  simulation: Simulation;
  subscription: Subscription;
  nowMs: number;
}

/** Does one thing to the subscription; returns the order behind it, where there is one. */
export type UpdateStep = (atMs: number) => string | undefined;

/** Immediate changes, suspending and auto-renew off delete what was planned for the term end (partner-center-api.md §4.6). */
export function dropSchedules({ resource }: Subscription): void {
  delete resource.scheduledActions;
  // Trials always show what they turn into.
  if (!resource.isTrial) delete resource.scheduledNextTermInstructions;
}
