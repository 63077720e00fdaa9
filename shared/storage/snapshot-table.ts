import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import { tenantPartition } from "../domain/decisions/head";
import { SNAPSHOT_PREFIX, SubscriptionSnapshot, type SnapshotStore } from "../domain/subscriptions/snapshot-store";
import { fromEntity, toEntity } from "./row-codec";
import { hasStatus } from "./table-errors";

const AFTER_PREFIX = "sub`";
/** The service takes 100 operations and 4 MiB in one transaction; raw subscriptions are a few KiB each. */
const BATCH = 50;

/** Snapshots of subscriptions in the tenant's partition of the table `state`. */
export function snapshotTable(table: TableClient): SnapshotStore {
  return {
    async putAll(tenantId, snapshots) {
      const partition = tenantPartition(tenantId);
      const present = await etagsOf(table, partition);
      const actions = snapshots.flatMap((snapshot): TransactionAction[] => {
        const entity = {
          ...toEntity(partition, SNAPSHOT_PREFIX + snapshot.subscriptionId, snapshot),
          asOf: snapshot.asOf,
        };
        const known = present.get(entity.rowKey);
        if (!known) return [["create", entity]];
        return known.asOf >= snapshot.asOf ? [] : [["update", entity, "Replace", { etag: known.etag }]];
      });
      for (let i = 0; i < actions.length; i += BATCH) await submit(table, actions.slice(i, i + BATCH));
    },

    async find(tenantId, id) {
      try {
        const entity = await table.getEntity(tenantPartition(tenantId), SNAPSHOT_PREFIX + id);
        return SubscriptionSnapshot.parse(fromEntity({ ...entity }));
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
  };
}

async function submit(table: TableClient, actions: TransactionAction[]): Promise<void> {
  try {
    await table.submitTransaction(actions);
  } catch (error) {
    // Another reader stored the same moment; its snapshots are as good as ours.
    if (!hasStatus(error, 404, 409, 412)) throw error;
  }
}

async function etagsOf(table: TableClient, partition: string): Promise<Map<string, { etag: string; asOf: string }>> {
  const filter = odata`PartitionKey eq ${partition} and RowKey ge ${SNAPSHOT_PREFIX} and RowKey lt ${AFTER_PREFIX}`;
  const found = new Map<string, { etag: string; asOf: string }>();
  for await (const entity of table.listEntities<{ asOf?: string }>({
    queryOptions: { filter, select: ["RowKey", "asOf", "odata.etag"] },
  })) {
    if (entity.rowKey && entity.etag) found.set(entity.rowKey, { etag: entity.etag, asOf: entity.asOf ?? "" });
  }
  return found;
}
