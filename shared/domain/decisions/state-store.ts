/** One row of the table `state`, with the etag that guards its next write. */
export interface StoredRow {
  row: string;
  etag: string;
  value: unknown;
}

/** A write inside a transaction. There is no unconditional form: blind overwrites lose purchases. */
export type RowWrite =
  { kind: "create"; row: string; value: object } | { kind: "replace"; row: string; etag: string; value: object };

/**
 * Table `state` as the domain needs it. Everything that changes together lies in one partition. Reading a row that only a
 * newer version of this software may read throws `NewerVersionError`.
 */
export interface StateStore {
  get(partition: string, row: string): Promise<StoredRow | undefined>;
  /**
   * Rows whose key starts with `prefix`, in key order, beginning after `after`. A page may hold fewer than `limit` rows
   * and still have a `next`: pass it as `after`. With `onNewer` a row that only a newer version may read is told to it and
   * left out, instead of thrown.
   */
  list(
    partition: string,
    ask: { prefix: string; after?: string; limit: number; onNewer?: ((row: string) => void) | undefined },
  ): Promise<{ rows: StoredRow[]; next?: string }>;
  /**
   * All of it or nothing. `conflict`: a row exists already or its etag is out of date, or our own answer was lost and a
   * retry met it. A thrown error means the outcome is unknown.
   */
  commit(partition: string, writes: readonly RowWrite[]): Promise<"committed" | "conflict">;
  /** Deletes a row that is still as read. */
  remove(partition: string, row: string, etag: string): Promise<"removed" | "conflict">;
}
