import { z } from "zod";

/** A row as the storage keeps it, each property with its type: a backup must not lose anything in translation. */
export const RawRow = z.object({
  row: z.string(),
  properties: z.record(
    z.string(),
    z.object({ type: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) }),
  ),
});
export type RawRow = z.infer<typeof RawRow>;

/** The table `state` as backups see it: everything that is there, whatever it means. */
export interface RawTable {
  /** All partitions, in the order of their keys. */
  partitions(): AsyncIterable<string>;
  /** All rows of a partition in the order of their keys, however many; never all of them in memory. */
  rows(partition: string): AsyncIterable<RawRow>;
  /**
   * Creates rows. One that stands there already with the same content is left alone, so that it may be repeated; one with
   * another content is never overwritten: throws `restoreConflict`.
   */
  create(partition: string, rows: readonly RawRow[]): Promise<void>;
}
