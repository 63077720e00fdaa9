import type { ResellerId, TenantId } from "../access/ids";
import type { DecideDeps } from "../decisions/decide";
import { wakeParked } from "./wake-parked";

/**
 * Takes up a tenant's changes that are parked because nobody could sign in for this reseller, now that somebody did.
 * Returns how many there were. Safe to repeat: what is not parked for this reason any more is left alone.
 */
export function wakeParkedChanges(deps: DecideDeps, tenantId: TenantId, reseller: ResellerId): Promise<number> {
  return wakeParked(
    deps,
    tenantId,
    (change) => change.resellerId === reseller && change.parkedReason === "resellerNotAuthorized",
  );
}
