import type { Clock } from "../access/clock";
import type { TenantId } from "../access/ids";
import type { Log } from "../access/log";
import type { SendMessage } from "../decisions/outbox";
import type { OutgoingMessage } from "../decisions/outgoing-message";
import type { TenantList } from "../tenants/tenant-list";

export interface ScheduleDeps {
  send: SendMessage;
  clock: Clock;
  log: Log;
}

const PAGE = 1_000;
const MINUTE_MS = 60_000;
/** Syncs of one day are spread over this time: hundreds at once would only be throttled together. */
const SPREAD_MS = 3 * 3_600_000;

/**
 * Sends a message to the queue `sync` for every connected tenant, each at its own moment of the coming three hours, the
 * same every day. Run twice it sends the same ids, of which duplicate detection keeps one. Answers how many.
 */
export async function scheduleSyncs(deps: ScheduleDeps & { tenants: TenantList }): Promise<number> {
  const now = deps.clock();
  let count = 0;
  let after: string | undefined;
  do {
    const keep = ({ tenant }: { tenant: { connection?: unknown } }): boolean => tenant.connection !== undefined;
    const page = await deps.tenants.list({ after, limit: PAGE, keep });
    for (const { tenant } of page.value) {
      await deps.send(
        syncOf(tenant.tenantId, `daily:${now.toISOString().slice(0, 10)}`, placeOf(tenant.tenantId, now)),
      );
      count++;
    }
    after = page.next;
  } while (after);
  deps.log.info("the daily syncs are scheduled", { tenants: count });
  return count;
}

/**
 * Has the tenant's subscriptions read anew within a minute or two, because one of its changes ended. Changes that end in the
 * same minute have one sync: the message ids are equal, and duplicate detection keeps one. Never throws: what is missed
 * here, the daily sync makes up for.
 */
export async function syncAfterChange(deps: ScheduleDeps, tenantId: TenantId): Promise<void> {
  const next = Math.floor(deps.clock().getTime() / MINUTE_MS) + 1;
  try {
    await deps.send(syncOf(tenantId, `changed:${next}`, new Date(next * MINUTE_MS)));
  } catch (error) {
    deps.log.warn("a sync could not be asked for", { tenantId, error });
  }
}

function syncOf(tenantId: TenantId, why: string, notBefore: Date): OutgoingMessage {
  const messageId = `${tenantId}:${why}`;
  return { queue: "sync", messageId, notBefore: notBefore.toISOString(), body: { tenantId } };
}

/** Tenant ids are random: their first digits place them evenly. */
function placeOf(tenantId: TenantId, now: Date): Date {
  const share = Number.parseInt(tenantId.slice(0, 8), 16) / 2 ** 32;
  return new Date(now.getTime() + Math.floor(share * SPREAD_MS));
}
