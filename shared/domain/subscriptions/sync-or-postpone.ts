import { AppError } from "../../errors";
import type { Clock, RandomBytes } from "../access/clock";
import { newId, type TenantId } from "../access/ids";
import type { SendMessage } from "../decisions/outbox";
import { syncSubscriptions, type ReadDeps } from "./read-subscriptions";

export interface SyncDeps extends ReadDeps {
  clock: Clock;
  random: RandomBytes;
  send: SendMessage;
}

/** Many syncs that were throttled together do not come back together. */
const SPREAD_MS = 30_000;
/** Longer than this nobody waits for a snapshot: the next sync of the tenant has it. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Refreshes a tenant's snapshots (queue `sync`). When Partner Center asks to wait, a new message comes back after that
 * time: delivering this one again at once would only use up its deliveries. Sent before this one is completed, so none is
 * lost.
 */
export async function syncOrPostpone(deps: SyncDeps, tenantId: TenantId): Promise<void> {
  try {
    await syncSubscriptions(deps, tenantId);
  } catch (error) {
    if (!(error instanceof AppError) || error.retryAfterSeconds === undefined) throw error;
    const [spread = 0] = deps.random(1);
    const waitMs = Math.min(LONGEST_WAIT_MS, error.retryAfterSeconds * 1_000) + (spread / 256) * SPREAD_MS;
    const notBefore = new Date(deps.clock().getTime() + waitMs).toISOString();
    deps.log.warn("a sync waits", { tenantId, errorCode: error.code, notBefore });
    const messageId = `${tenantId}:sync:${newId(deps.clock(), deps.random(10))}`;
    await deps.send({ queue: "sync", messageId, notBefore, body: { tenantId } });
  }
}
