import type { ResellerId, TenantId } from "../access/ids";
import type { DecideDeps } from "../decisions/decide";
import { Head, HEAD_ROW, tenantPartition } from "../decisions/head";
import { saveTransition } from "./save-transition";
import { unparked } from "./transitions";

/**
 * Takes up a tenant's changes that are parked because nobody could sign in for this reseller, now that somebody did.
 * Returns how many there were. Safe to repeat: what is not parked for this reason any more is left alone.
 */
export async function wakeParkedChanges(deps: DecideDeps, tenantId: TenantId, reseller: ResellerId): Promise<number> {
  const head = await deps.store.get(tenantPartition(tenantId), HEAD_ROW);
  if (!head) return 0;
  let woken = 0;
  for (const changeId of Head.parse(head.value).openChanges) {
    const saved = await saveTransition(deps, { tenantId, changeId }, (change, _lane, { now }) =>
      change.resellerId === reseller && change.parkedReason === "resellerNotAuthorized"
        ? unparked(change, now)
        : undefined,
    );
    if (saved) woken++;
  }
  return woken;
}
