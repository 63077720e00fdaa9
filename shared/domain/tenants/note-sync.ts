import { z } from "zod";
import type { TenantId } from "../access/ids";
import { tenantPartition } from "../decisions/head";
import type { RowWrite, StateStore } from "../decisions/state-store";

const SYNC_ROW = "synced";
const Synced = z.object({ at: z.iso.datetime() });

/** When a tenant's subscriptions were last read by a sync; undefined before the first. */
export async function lastSyncOf(store: StateStore, tenantId: TenantId): Promise<string | undefined> {
  const row = await store.get(tenantPartition(tenantId), SYNC_ROW);
  return row && Synced.parse(row.value).at;
}

/** Notes that a tenant's subscriptions were read. Nothing is decided by it, so it is no decision; of two at once one stays. */
export async function noteSync(store: StateStore, tenantId: TenantId, at: Date): Promise<void> {
  const partition = tenantPartition(tenantId);
  const value: z.infer<typeof Synced> = { at: at.toISOString() };
  const former = await store.get(partition, SYNC_ROW);
  const write: RowWrite = former
    ? { kind: "replace", row: SYNC_ROW, etag: former.etag, value }
    : { kind: "create", row: SYNC_ROW, value };
  await store.commit(partition, [write]);
}
