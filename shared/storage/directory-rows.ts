import { isDeepStrictEqual } from "node:util";
import { odata, type TableClient } from "@azure/data-tables";
import type { z } from "zod";
import type { NewerEntry, ReadModel, ReadModelEntry } from "../domain/decisions/read-model";
import { canRead, fromEntity, toEntity } from "./row-codec";
import { hasStatus } from "./table-errors";

const MAX_TRIES = 10;
const PAGE = 200;

/** One list of the table `directory`: where it stands, and what its entries are. */
export interface DirectoryList<Entry extends ReadModelEntry> {
  partition: string;
  schema: z.ZodType<Entry>;
  keyOf: (entry: Entry) => string;
  /** Which of two entries of a key stays; the one with the higher number, unless told otherwise. */
  isNewer?: (entry: Entry, present: Entry) => boolean;
  /** Facts that a query may choose by; they stand beside the value. */
  columns?: (entry: Entry) => Record<string, string>;
}

/** `ReadModel` on a partition of the table `directory`, and its entries page by page. */
export function directoryRows<Entry extends ReadModelEntry>(table: TableClient, list: DirectoryList<Entry>) {
  const { partition, schema, keyOf } = list;
  const isNewer = list.isNewer ?? ((entry: Entry, present: Entry) => entry.seq > present.seq);
  const entityOf = (entry: Entry) => ({ ...toEntity(partition, keyOf(entry), entry), ...list.columns?.(entry) });
  const parse = (entity: object): Entry => schema.parse(fromEntity({ ...entity }));

  const find = async (key: string): Promise<{ entity: Record<string, unknown>; etag: string } | undefined> => {
    try {
      const entity = await table.getEntity(partition, key);
      return { entity: { ...entity }, etag: entity.etag };
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  };

  const model: ReadModel<Entry> = {
    put: (entry) =>
      untilSettled(keyOf(entry), async () => {
        const present = await find(keyOf(entry));
        if (!present) await table.createEntity(entityOf(entry));
        else if (isNewer(entry, parse(present.entity))) {
          await table.updateEntity(entityOf(entry), "Replace", { etag: present.etag });
        }
      }),

    mend: (key, read) =>
      untilSettled(key, async () => {
        const present = await find(key);
        const entry = await read();
        if (!entry) {
          if (!present) return "same";
          await table.deleteEntity(partition, key, { etag: present.etag });
          return "removed";
        }
        if (present && isSame(present.entity, entityOf(entry))) return "same";
        if (present) await table.updateEntity(entityOf(entry), "Replace", { etag: present.etag });
        else await table.createEntity(entityOf(entry));
        return "written";
      }),

    async *keys() {
      const queryOptions = { filter: odata`PartitionKey eq ${partition}`, select: ["RowKey", "tenantId"] };
      for await (const { rowKey = "", tenantId } of table.listEntities<{ tenantId?: unknown }>({ queryOptions })) {
        yield { key: rowKey, tenantId: typeof tenantId === "string" ? tenantId : rowKey };
      }
    },
  };

  return {
    ...model,
    /**
     * Entries in key order, after a key and where columns have a value; a page may be empty and not the last. Those that
     * only a newer version may read come beside them.
     */
    async *pages(
      after: string | undefined,
      where: readonly string[] = [],
    ): AsyncIterable<{ entries: Entry[]; newer: NewerEntry[] }> {
      const from = after === undefined ? [] : [odata`RowKey gt ${after}`];
      const filter = [odata`PartitionKey eq ${partition}`, ...from, ...where].join(" and ");
      for await (const page of table.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: PAGE })) {
        const [readable, newer] = [page.filter(isReadable), page.filter((entity) => !isReadable(entity))];
        yield { entries: readable.map(parse), newer: newer.map(toNewerEntry) };
      }
    },
  };
}

function isReadable(entity: object): boolean {
  return canRead({ ...entity });
}

function toNewerEntry(entity: { rowKey?: string; tenantId?: unknown; customerId?: unknown }): NewerEntry {
  const { rowKey: key = "", tenantId = key, customerId = "" } = entity;
  return { key, tenantId: String(tenantId), customerId: String(customerId) };
}

/** How many of these entries lie on the page that ends before `next`; those behind are the next page's. */
export function countUpTo(keys: readonly string[], next: string | undefined): { notShown?: number } {
  const notShown = keys.filter((key) => next === undefined || key <= next).length;
  return notShown > 0 ? { notShown } : {};
}

/** Runs a guarded write until it meets nobody else's: losing a race means looking again whose entry is newer. */
async function untilSettled<T>(key: string, write: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      return await write();
    } catch (error) {
      if (!hasStatus(error, 404, 409, 412)) throw error;
    }
  }
  throw new Error(`The list entry ${key} could not be written.`);
}

/** True when the stored row holds just what would be written; what cannot be read is not the same. */
function isSame(stored: Readonly<Record<string, unknown>>, written: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(written).every(([name, value]) => isDeepStrictEqual(stored[name], value));
}
