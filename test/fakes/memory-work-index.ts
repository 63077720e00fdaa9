import type { Clock } from "../../shared/domain/access/clock";
import type { WorkIndex } from "../../shared/domain/decisions/work-index";

const TOUCH_INTERVAL_MS = 60_000;

/** What all processes share: the rows, by partition. */
export type MemoryWorkTable = Map<string, { touchedAt: Date; etag: string }>;

let version = 0;

/**
 * `WorkIndex` in memory, as one process sees it (proven equal by `contract`): it notes a partition at most once a minute,
 * and knows only what it noted itself.
 */
export function memoryWorkIndex(
  clock: Clock,
  table: MemoryWorkTable = new Map(),
): WorkIndex & { partitions(): string[] } {
  const touched = new Map<string, number>();
  return {
    touch: (partition) => {
      const now = clock();
      const last = touched.get(partition);
      if (last !== undefined && Math.abs(now.getTime() - last) < TOUCH_INTERVAL_MS) return Promise.resolve();
      table.set(partition, { touchedAt: now, etag: String(++version) });
      touched.set(partition, now.getTime());
      return Promise.resolve();
    },
    async *entries() {
      for (const [partition, entry] of [...table]) yield await Promise.resolve({ partition, ...entry });
    },
    remove: ({ partition, etag }) => {
      touched.delete(partition);
      if (table.get(partition)?.etag === etag) table.delete(partition);
      return Promise.resolve();
    },
    partitions: () => [...table.keys()],
  };
}
