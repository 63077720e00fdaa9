import type { RowWrite, StateStore, StoredRow } from "../../shared/domain/decisions/state-store";

export interface MemoryStateStore extends StateStore {
  /** The rows of a partition, as they are stored. */
  dump(partition: string): Map<string, StoredRow>;
  /** Overwrites a row behind everybody's back, as somebody with access to the storage account could. */
  forge(partition: string, row: string, value: unknown): void;
  /** Deletes a row behind everybody's back. */
  destroy(partition: string, row: string): void;
}

/** `StateStore` in memory, with the etag and transaction behaviour of the table service (proven equal by `contract`). */
export function memoryStateStore(): MemoryStateStore {
  const partitions = new Map<string, Map<string, StoredRow>>();
  let version = 0;
  const rowsOf = (partition: string): Map<string, StoredRow> => {
    const known = partitions.get(partition);
    if (known) return known;
    const rows = new Map<string, StoredRow>();
    partitions.set(partition, rows);
    return rows;
  };
  const copy = (row: StoredRow): StoredRow => structuredClone(row);
  const put = (partition: string, row: string, value: unknown): void => {
    const stored: unknown = JSON.parse(JSON.stringify(value));
    rowsOf(partition).set(row, { row, etag: `W/"${++version}"`, value: stored });
  };

  return {
    get: (partition, row) => {
      const found = rowsOf(partition).get(row);
      return Promise.resolve(found && copy(found));
    },
    list: (partition, { prefix, after, limit }) => {
      const found = [...rowsOf(partition).values()]
        .filter(({ row }) => row.startsWith(prefix) && (!after || row > after))
        .sort((a, b) => (a.row < b.row ? -1 : 1));
      const rows = found.slice(0, limit).map(copy);
      const last = rows.at(-1);
      return Promise.resolve(last && found.length >= limit ? { rows, next: last.row } : { rows });
    },
    commit: (partition, writes) => {
      const rows = rowsOf(partition);
      const refusal = refuse(writes);
      if (refusal) return Promise.reject(new Error(refusal));
      const fits = writes.every((w) => (w.kind === "create" ? !rows.has(w.row) : rows.get(w.row)?.etag === w.etag));
      if (!fits) return Promise.resolve("conflict");
      for (const { row, value } of writes) put(partition, row, value);
      return Promise.resolve("committed");
    },
    remove: (partition, row, etag) => {
      const rows = rowsOf(partition);
      const found = rows.get(row);
      if (!found) return Promise.resolve("removed");
      if (found.etag !== etag) return Promise.resolve("conflict");
      rows.delete(row);
      return Promise.resolve("removed");
    },
    dump: rowsOf,
    forge: put,
    destroy: (partition, row) => void rowsOf(partition).delete(row),
  };
}

/** What the service refuses as a transaction, whatever the rows are. */
function refuse(writes: readonly RowWrite[]): string | undefined {
  if (writes.length > 100) return "A transaction holds 100 operations.";
  if (new Set(writes.map(({ row }) => row)).size < writes.length) return "A transaction names each row once.";
  return undefined;
}
