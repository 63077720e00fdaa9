import type { TenantId } from "../access/ids";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { Change, changeRow, type ParkedReason } from "./change";
import { noteTransition, WORKER } from "./save-transition";
import type { Transition } from "./transitions";

/** A decision holds 100 rows; each change woken takes up to four of them. */
const PER_DECISION = 20;

/**
 * Takes up at once what was parked for a reason that is gone, oldest first; returns how many changes that were. Doing
 * it twice or too early does no harm: the worker parks again what still may not go on.
 */
export async function wakeParked(deps: DecideDeps, tenantId: TenantId, reason: ParkedReason): Promise<number> {
  for (let total = 0; ;) {
    const woken = await decide(deps, tenantPartition(tenantId), async (decision) => {
      const waiting = (await parkedChanges(decision, reason)).slice(0, PER_DECISION);
      for (const found of waiting) {
        await noteTransition(decision, { found, lane: undefined }, unparked(found.value, decision.now), WORKER);
      }
      return waiting.length;
    });
    total += woken;
    if (woken < PER_DECISION) return total;
  }
}

async function parkedChanges(decision: Decision, reason: ParkedReason): Promise<Found<Change>[]> {
  const found = await Promise.all(decision.head.openChanges.map((id) => decision.get(changeRow(id), Change)));
  return found.filter((change) => change !== undefined).filter(({ value }) => isParked(value, reason));
}

/** True for a change that waits for this alone. */
export function isParked({ state, parkedReason }: Change, reason: ParkedReason): boolean {
  return state === "PendingPurchase" && parkedReason === reason;
}

function unparked(change: Change, now: Date): Transition {
  const { dueAt: _dueAt, parkedReason: _parked, ...rest } = change;
  return { change: rest, lane: "keep", wakeAt: now, audit: { action: "change.woken", result: "success" } };
}
