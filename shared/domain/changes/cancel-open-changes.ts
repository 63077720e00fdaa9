import type { Decision, Found } from "../decisions/decide";
import { Change, changeRow, Lane, laneRow } from "./change";
import { isUnsettled } from "./open-changes";
import { noteTransition, type Mover } from "./save-transition";
import { cancelled, freedLane } from "./transitions";

/** Changes of one transaction, which holds a hundred rows: a change, its audit entry and its lane each. */
const PAGE = 30;

/** What a page came to: there may be more, none was open any more, or one of them cannot be cancelled. */
export type Cancelling = "more" | "done" | "blocked";

/**
 * Cancels the oldest open changes of a tenant, one audit entry each, in the decision given; nothing while one of them is
 * unsettled. Nobody may claim them meanwhile, so the head must not say `Connected`: then none of them waits for a lane.
 */
export async function cancelPage(
  decision: Decision,
  why: { code: string; message: string },
  mover: Mover,
): Promise<Cancelling> {
  const ids = decision.head.openChanges.slice(0, PAGE);
  if (ids.length === 0) return "done";
  const rows = await Promise.all(ids.map((id) => decision.get(changeRow(id), Change)));
  const open = rows.flatMap((row) => row ?? []);
  if (open.some(({ value }) => isUnsettled(value))) return "blocked";
  for (const found of open) {
    // The lanes apart: those of a page may be one, and nobody is to be woken for it.
    const transition = { ...cancelled(found.value, why, decision.now), lane: "keep" as const };
    await noteTransition(decision, { found, lane: undefined }, transition, mover);
  }
  await freeLanes(decision, open);
  return "more";
}

/** A change that waits holds no lane as a rule; one that does must not leave it closed for good. */
async function freeLanes(decision: Decision, leaving: readonly Found<Change>[]): Promise<void> {
  const ids = new Set(leaving.map(({ value }) => value.id));
  const subscriptions = [...new Set(leaving.map(({ value }) => value.subscriptionId))];
  const lanes = await Promise.all(subscriptions.map((id) => decision.get(laneRow(id), Lane)));
  for (const lane of lanes) {
    const holder = lane?.value.changeId;
    if (lane && holder !== undefined && ids.has(holder)) {
      decision.replace(lane, freedLane(lane.value, undefined, decision.now));
    }
  }
}
