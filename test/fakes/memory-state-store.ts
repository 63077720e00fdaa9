import { NewerVersionError } from "../../shared/domain/decisions/newer-version";
import type { RowWrite, StateStore, StoredRow } from "../../shared/domain/decisions/state-store";

export interface MemoryStateStore extends StateStore {
  /** The rows of a partition, as they are stored. */
  dump(partition: string): Map<string, StoredRow>;
  /** Overwrites a row behind everybody's back, as somebody with access to the storage account could. */
  forge(partition: string, row: string, value: unknown): void;
  /** Leaves a row to a newer version alone, as if that version had written it. */
  seal(partition: string, row: string): void;
  /** Takes that back: the newer version is here. */
  unseal(partition: string, row: string): void;
  /** Deletes a row behind everybody's back. */
  destroy(partition: string, row: string): void;
}

/** `StateStore` in memory, with the etag and transaction behaviour of the table service (proven equal by `contract`). */
export function memoryStateStore(): MemoryStateStore {
  const partitions = new Map<string, Map<string, StoredRow>>();
  const sealed = new Set<string>();
  let version = 0;
  const rowsOf = (partition: string): Map<string, StoredRow> => {
    const known = partitions.get(partition);
    if (known) return known;
    const rows = new Map<string, StoredRow>();
    partitions.set(partition, rows);
    return rows;
  };
  const isSealed = (partition: string, row: string): boolean => sealed.has(`${partition} ${row}`);
  const copy = (partition: string, found: StoredRow): StoredRow => {
    if (!isSealed(partition, found.row)) return structuredClone(found);
    throw new NewerVersionError({ partition, row: found.row }, { needed: 2, known: 1 });
  };
  const put = (partition: string, row: string, value: unknown): void => {
    const stored: unknown = JSON.parse(JSON.stringify(value));
    rowsOf(partition).set(row, { row, etag: `W/"${++version}"`, value: stored });
  };

  return {
    get: (partition, row) => {
      const found = rowsOf(partition).get(row);
      return settled(() => found && copy(partition, found));
    },
    list: (partition, { prefix, after, limit, onNewer }) => {
      const found = [...rowsOf(partition).values()]
        .filter(({ row }) => row.startsWith(prefix) && (!after || row > after))
        .sort((a, b) => (a.row < b.row ? -1 : 1));
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const readable = shown.filter(({ row }) => {
        if (!onNewer || !isSealed(partition, row)) return true;
        onNewer(row);
        return false;
      });
      return settled(() => {
        const rows = readable.map((row) => copy(partition, row));
        return last && found.length >= limit ? { rows, next: last.row } : { rows };
      });
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
    seal: (partition, row) => void sealed.add(`${partition} ${row}`),
    unseal: (partition, row) => void sealed.delete(`${partition} ${row}`),
    destroy: (partition, row) => void rowsOf(partition).delete(row),
  };
}

/** At once, so that tests decide who comes first. */
function settled<T>(make: () => T): Promise<T> {
  try {
    return Promise.resolve(make());
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

/** What the service refuses as a transaction, whatever the rows are. */
function refuse(writes: readonly RowWrite[]): string | undefined {
  if (writes.length > 100) return "A transaction holds 100 operations.";
  if (new Set(writes.map(({ row }) => row)).size < writes.length) return "A transaction names each row once.";
  return undefined;
}
