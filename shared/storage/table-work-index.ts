import { createHash } from "node:crypto";
import { odata, type TableClient } from "@azure/data-tables";
import type { Clock } from "../domain/access/clock";
import type { WorkEntry, WorkIndex } from "../domain/decisions/work-index";
import { hasStatus } from "./table-errors";
import { checkKey } from "./table-limits";

const SHARDS = 16;
const TOUCH_INTERVAL_MS = 60_000;
const MAX_TRIES = 5;

/** Shard 00–15 of a partition, so that marking work never meets the limit of one table partition. */
function shardOf(partition: string): string {
  const byte = createHash("sha256").update(partition).digest()[0] ?? 0;
  return String(byte % SHARDS).padStart(2, "0");
}

/** `WorkIndex` on the table `work`. */
export function tableWorkIndex(table: TableClient, clock: Clock): WorkIndex {
  const touched = new Map<string, number>();
  return {
    async touch(partition) {
      const now = clock();
      const last = touched.get(partition);
      if (last !== undefined && Math.abs(now.getTime() - last) < TOUCH_INTERVAL_MS) return;
      await write(table, partition, now);
      touched.set(partition, now.getTime());
    },

    async *entries() {
      for (let shard = 0; shard < SHARDS; shard++) {
        const filter = odata`PartitionKey eq ${String(shard).padStart(2, "0")}`;
        for await (const entity of table.listEntities({ queryOptions: { filter } })) {
          const { rowKey, etag, touchedAt } = entity as { rowKey: string; etag: string; touchedAt?: unknown };
          const at = typeof touchedAt === "string" ? new Date(touchedAt) : new Date(0);
          yield { partition: rowKey, etag, touchedAt: at } satisfies WorkEntry;
        }
      }
    },

    async remove(entry) {
      touched.delete(entry.partition);
      try {
        await table.deleteEntity(shardOf(entry.partition), entry.partition, { etag: entry.etag });
      } catch (error) {
        // Touched since it was read: there is work again.
        if (!hasStatus(error, 404, 412)) throw error;
      }
    },
  };
}

/** Creates or refreshes the row. Losing a race to another writer is fine: it noted the same moment. */
async function write(table: TableClient, partition: string, now: Date): Promise<void> {
  const entity = { partitionKey: shardOf(partition), rowKey: checkKey(partition), touchedAt: now.toISOString() };
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      await table.createEntity(entity);
      return;
    } catch (error) {
      if (!hasStatus(error, 409)) throw error;
    }
    try {
      const present = await table.getEntity(entity.partitionKey, entity.rowKey);
      await table.updateEntity(entity, "Replace", { etag: present.etag });
      return;
    } catch (error) {
      if (hasStatus(error, 412)) return;
      // Gone since: a sweeper took it for idle. It must be there again before the work is.
      if (!hasStatus(error, 404)) throw error;
    }
  }
  throw new Error(`The work index could not note ${partition}.`);
}
