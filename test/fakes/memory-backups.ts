import type { BackupStore } from "../../shared/domain/recovery/backup-store";
import type { RawTable } from "../../shared/domain/recovery/raw-table";
import { AppError } from "../../shared/errors";
import type { MemoryStateStore } from "./memory-state-store";

export interface MemoryBackups extends BackupStore {
  /** The blobs by name: their lines. */
  readonly blobs: Map<string, string[]>;
  readonly manifests: Map<string, string>;
}

/** `BackupStore` in memory (proven equal by `contract`). */
export function memoryBackups(): MemoryBackups {
  const blobs = new Map<string, string[]>();
  const manifests = new Map<string, string>();
  const onlyNew = (map: ReadonlyMap<string, unknown>, name: string): Promise<void> =>
    map.has(name)
      ? Promise.reject(new AppError("conflict", "backupExists", `There is a blob ${name} already.`))
      : Promise.resolve();
  return {
    ...{ blobs, manifests },
    names: () => Promise.resolve([...manifests.keys()].sort().reverse()),
    readManifest: (name) => Promise.resolve(manifests.get(name)),
    writeManifest: async (name, text) => {
      await onlyNew(manifests, name);
      manifests.set(name, text);
    },
    draft(name) {
      const lines: string[] = [];
      return {
        add: (line) => Promise.resolve(void lines.push(line)),
        commit: async () => {
          await onlyNew(blobs, name);
          blobs.set(name, lines);
        },
        drop: () => undefined,
      };
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
    async *lines(name) {
      const lines = blobs.get(name);
      if (!lines) throw new Error(`There is no blob ${name}.`);
      yield* lines;
    },
  };
}

/** The rows of a memory store as a backup sees them. */
export function memoryRawTable(store: MemoryStateStore, partitions: () => readonly string[]): RawTable {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
    async *partitions() {
      yield* [...partitions()].sort();
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
    async *rows(partition) {
      const rows = [...store.dump(partition).values()].sort((a, b) => (a.row < b.row ? -1 : 1));
      for (const { row, value } of rows)
        yield { row, properties: { body0: { type: "String", value: JSON.stringify(value) } } };
    },
    create: (partition, rows) => {
      for (const { row, properties } of rows) {
        const text = String(properties["body0"]?.value);
        const present = store.dump(partition).get(row);
        if (present && JSON.stringify(present.value) !== text) {
          return Promise.reject(
            new AppError("conflict", "restoreConflict", `${row} stands there with another content.`),
          );
        }
        if (!present) store.forge(partition, row, JSON.parse(text));
      }
      return Promise.resolve();
    },
  };
}
