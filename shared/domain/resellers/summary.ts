import { seesTenant, type Actor } from "../access/actor";
import type { Clock } from "../access/clock";
import type { StateStore } from "../decisions/state-store";
import type { TenantList } from "../tenants/tenant-list";
import { allResellers, connectionState } from "./connection-health";
import type { Reseller } from "./reseller";
import { daysUntil, EXPIRY_WARNINGS } from "./secret-expiry";

export interface Summary {
  resellers: { total: number; authorized: number; needingAttention: number };
  tenants: { total: number; connected: number; notConnected: number; degraded: number };
}

const PAGE = 1_000;

/** Counts what the module holds and the caller may see (C1). */
export async function summarize(
  deps: { store: StateStore; tenants: TenantList; clock: Clock },
  actor: Actor,
): Promise<Summary> {
  const resellers = await allResellers(deps.store);
  const authorized = new Set(resellers.filter(({ state }) => state === "Authorized").map(({ id }) => id));
  const tenants = { total: 0, connected: 0, notConnected: 0, degraded: 0 };
  let after: string | undefined;
  do {
    const page = await deps.tenants.list({
      after,
      limit: PAGE,
      keep: ({ tenantId, customerId, inModule }) => inModule && seesTenant(actor, tenantId, customerId),
    });
    for (const { connection } of page.value) {
      tenants.total++;
      const state = connectionState(connection, (id) => authorized.has(id));
      tenants[COUNTERS[state]]++;
    }
    after = page.next;
  } while (after);
  const needingAttention = resellers.filter((reseller) => needsAttention(reseller, deps.clock())).length;
  return { resellers: { total: resellers.length, authorized: authorized.size, needingAttention }, tenants };
}

const COUNTERS = { Connected: "connected", NotConnected: "notConnected", Degraded: "degraded" } as const;

/** Somebody has to do something about it: sign in, or enter a secret, now or within thirty days. */
function needsAttention({ state, secretExpiresAt }: Reseller, now: Date): boolean {
  if (state !== "Authorized") return true;
  return secretExpiresAt !== undefined && daysUntil(secretExpiresAt, now) < EXPIRY_WARNINGS[0];
}
