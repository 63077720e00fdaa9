import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import type { RowWrite, StateStore, StoredRow } from "../domain/decisions/state-store";
import { canRead, fromEntity, toEntity } from "./row-codec";
import { hasStatus } from "./table-errors";
import { checkKey } from "./table-limits";

/** The highest character a key of ours can hold, for the end of a prefix range. */
const AFTER_ALL = "\uffff";

/** `StateStore` on the table `state`. Etag `*`, upserts and merges cannot be expressed through it. */
export function tableStateStore(table: TableClient): StateStore {
  return {
    async get(partition, row) {
      try {
        return toRow(await table.getEntity(checkKey(partition), checkKey(row)));
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },

    async list(partition, { prefix, after, limit, onNewer }) {
      const range = odata`PartitionKey eq ${partition} and RowKey ge ${prefix} and RowKey lt ${prefix + AFTER_ALL}`;
      const filter = after ? `${range} and ${odata`RowKey gt ${after}`}` : range;
      const pages = table.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: Math.min(limit, 1000) });
      const rows: Entity[] = [];
      // A page of the service may be empty and still continue; ours goes on until it is full or the range ends.
      for await (const page of pages) {
        rows.push(...page);
        if (rows.length >= limit) break;
      }
      const shown = rows.slice(0, limit);
      const next = rows.length >= limit ? shown.at(-1)?.rowKey : undefined;
      const readable = shown.filter((entity) => {
        if (!onNewer || canRead({ ...entity })) return true;
        onNewer(entity.rowKey ?? "");
        return false;
      });
      return { rows: readable.map(toRow), ...(next === undefined ? {} : { next }) };
    },

    async commit(partition, writes) {
      try {
        await table.submitTransaction(writes.map((write) => toAction(partition, write)));
        return "committed";
      } catch (error) {
        if (hasStatus(error, 404, 409, 412)) return "conflict";
        throw error;
      }
    },

    async remove(partition, row, etag) {
      try {
        await table.deleteEntity(checkKey(partition), checkKey(row), { etag });
        return "removed";
      } catch (error) {
        if (hasStatus(error, 404)) return "removed";
        if (hasStatus(error, 412)) return "conflict";
        throw error;
      }
    },
  };
}

function toAction(partition: string, write: RowWrite): TransactionAction {
  const entity = toEntity(partition, write.row, write.value);
  return write.kind === "create" ? ["create", entity] : ["update", entity, "Replace", { etag: write.etag }];
}

interface Entity {
  rowKey?: string;
  etag?: string;
}

function toRow(entity: Entity): StoredRow {
  if (entity.rowKey === undefined || entity.etag === undefined)
    throw new Error("The table service left out a key or an etag.");
  return { row: entity.rowKey, etag: entity.etag, value: fromEntity({ ...entity }) };
}
