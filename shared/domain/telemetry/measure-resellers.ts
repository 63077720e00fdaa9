import type { Clock } from "../access/clock";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { allResellers } from "../resellers/all-resellers";
import { ResellerState, type Reseller } from "../resellers/reseller";
import { TokenRecord, tokenRow } from "../resellers/token-record";
import type { Measure } from "./metrics";

const DAY_MS = 86_400_000;

/** Says how the sign-ins of the resellers stand: how many in which state, how old each one is, when its secret ends. */
export async function measureResellers(deps: {
  store: StateStore;
  clock: Clock;
  telemetry: { measure: Measure };
}): Promise<void> {
  const { measure } = deps.telemetry;
  const { resellers } = await allResellers(deps.store);
  const now = deps.clock().getTime();
  for (const state of ResellerState.options) {
    measure("csp.resellers.count", resellers.filter((reseller) => reseller.state === state).length, { state });
  }
  for (const reseller of resellers) {
    const { id, secretExpiresAt } = reseller;
    const redeemedAt = await lastRedeemed(deps.store, reseller);
    if (redeemedAt)
      measure("csp.resellers.token_age", Math.max(0, (now - Date.parse(redeemedAt)) / 1000), { reseller: id });
    if (secretExpiresAt) {
      measure("csp.resellers.secret_days", (Date.parse(secretExpiresAt) - now) / DAY_MS, { reseller: id });
    }
  }
}

/** Undefined for a reseller that is not signed in: that is told by its state. */
async function lastRedeemed(store: StateStore, { id, state, grant }: Reseller): Promise<string | undefined> {
  if (state !== "Authorized" || !grant) return undefined;
  const row = await store.get(MSP_PARTITION, tokenRow(id));
  const refreshed = row && TokenRecord.parse(row.value).refreshed;
  return refreshed?.grantId === grant.grantId ? refreshed.at : grant.authorizedAt;
}
