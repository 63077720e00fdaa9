import { seesTenant, type Actor } from "../access/actor";
import type { Clock } from "../access/clock";
import type { StateStore } from "../decisions/state-store";
import type { TenantList } from "../tenants/tenant-list";
import { connectionStatus } from "../tenants/connection-status";
import { allResellers } from "./all-resellers";
import type { Reseller } from "./reseller";
import { daysUntil, EXPIRY_WARNINGS } from "./secret-expiry";

export interface Summary {
  resellers: { total: number; authorized: number; needingAttention: number };
  tenants: { total: number; connected: number; notConnected: number; degraded: number };
  /** Resellers and tenants that are not counted, because only a newer version may read them; absent when none. */
  notShown?: number;
}

const PAGE = 1_000;

/** Counts what the module holds and the caller may see (C1). */
export async function summarize(
  deps: { store: StateStore; tenants: TenantList; clock: Clock },
  actor: Actor,
): Promise<Summary> {
  const { resellers, newer } = await allResellers(deps.store);
  let notShown = newer.length;
  const byId = new Map<string, Reseller>(resellers.map((reseller) => [reseller.id, reseller]));
  const authorized = resellers.filter(({ state }) => state === "Authorized").length;
  const tenants = { total: 0, connected: 0, notConnected: 0, degraded: 0 };
  let after: string | undefined;
  do {
    const page = await deps.tenants.list({
      after,
      limit: PAGE,
      keep: ({ tenant }) => tenant.inModule && seesTenant(actor, tenant.tenantId, tenant.customerId),
      countNewer: ({ tenantId, customerId }) => seesTenant(actor, tenantId, customerId),
    });
    notShown += page.notShown ?? 0;
    for (const { tenant } of page.value) {
      tenants.total++;
      const { state } = connectionStatus(tenant, byId.get(tenant.connection?.resellerId ?? ""));
      tenants[COUNTERS[state]]++;
    }
    after = page.next;
  } while (after);
  const needingAttention = resellers.filter((reseller) => needsAttention(reseller, deps.clock())).length;
  return {
    resellers: { total: resellers.length, authorized, needingAttention },
    tenants,
    ...(notShown > 0 ? { notShown } : {}),
  };
}

/** A connection that is going still stands. */
const COUNTERS = {
  Connected: "connected",
  NotConnected: "notConnected",
  Degraded: "degraded",
  Disconnecting: "connected",
} as const;

/** Somebody has to do something about it: sign in, or enter a secret, now or within thirty days. */
function needsAttention({ state, secretExpiresAt }: Reseller, now: Date): boolean {
  if (state !== "Authorized") return true;
  return secretExpiresAt !== undefined && daysUntil(secretExpiresAt, now) < EXPIRY_WARNINGS[0];
}
