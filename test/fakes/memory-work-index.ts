import type { Clock } from "../../shared/domain/access/clock";
import type { WorkIndex } from "../../shared/domain/decisions/work-index";

/** `WorkIndex` in memory, without the pause between touches. */
export function memoryWorkIndex(clock: Clock): WorkIndex & { partitions(): string[] } {
  const touched = new Map<string, { touchedAt: Date; etag: string }>();
  let version = 0;
  return {
    touch: (partition) => {
      touched.set(partition, { touchedAt: clock(), etag: String(++version) });
      return Promise.resolve();
    },
    async *entries() {
      for (const [partition, entry] of [...touched]) yield await Promise.resolve({ partition, ...entry });
    },
    remove: ({ partition, etag }) => {
      if (touched.get(partition)?.etag === etag) touched.delete(partition);
      return Promise.resolve();
    },
    partitions: () => [...touched.keys()],
  };
}
