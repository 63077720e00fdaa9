import type { TenantId } from "../access/ids";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { unlessNewer } from "../decisions/newer-version";
import { Change, changeRow } from "./change";
import { noteTransition, WORKER } from "./save-transition";
import { unparked } from "./transitions";

/** A decision holds 100 rows; each change woken takes up to four of them. */
const PER_DECISION = 20;

/**
 * Takes up at once the parked changes that are meant, oldest first, because what they waited for is there; returns how
 * many there were. Doing it twice or too early does no harm: the worker parks again what still may not go on.
 */
export async function wakeParked(
  deps: DecideDeps,
  tenantId: TenantId,
  isMeant: (change: Change) => boolean,
): Promise<number> {
  for (let total = 0; ;) {
    const woken = await decide(deps, tenantPartition(tenantId), async (decision) => {
      const waiting = (await parkedChanges(decision, isMeant)).slice(0, PER_DECISION);
      for (const found of waiting) {
        await noteTransition(decision, { found, lane: undefined }, unparked(found.value, decision.now), WORKER);
      }
      return waiting.length;
    });
    total += woken;
    if (woken < PER_DECISION) return total;
  }
}

async function parkedChanges(decision: Decision, isMeant: (change: Change) => boolean): Promise<Found<Change>[]> {
  const found = await Promise.all(
    decision.head.openChanges.map((id) => unlessNewer(decision.get(changeRow(id), Change))),
  );
  return found
    .filter((change) => change !== undefined)
    .filter(({ value }) => value.state === "PendingPurchase" && value.parkedReason !== undefined && isMeant(value));
}

/** True for a change that waits because writes are off. */
export function waitsForWrites({ state, parkedReason }: Change): boolean {
  return state === "PendingPurchase" && parkedReason === "writesOff";
}
