import { writtenAttempt, type Change } from "../changes/change";
import { saveTransition } from "../changes/save-transition";
import type { DecideDeps } from "../decisions/decide";
import { RECONCILER, findRecovered } from "./recovered-writes";
import { foundAfterRestore } from "./settle-after-restore";

/**
 * Completes a change that was carried out before a disaster, in a request that the restored ledger did not know and that
 * was sent again. True when it was such a one: nothing is to be sent for it. To be asked after the write mode, which is
 * off until all that Microsoft recorded is known.
 */
export async function completeRecovered(deps: DecideDeps, change: Change): Promise<boolean> {
  const recovered = await findRecovered(deps.store, change);
  if (!recovered) return false;
  const known = { recovery: recovered, quantity: undefined, isScheduleLost: false };
  await saveTransition(
    deps,
    { tenantId: change.tenantId, changeId: change.id },
    (current, lane, { now }) =>
      current.state === "PendingPurchase" && !writtenAttempt(current)
        ? foundAfterRestore(current, lane, recovered.found, known, now)
        : undefined,
    { actor: RECONCILER },
  );
  return true;
}
