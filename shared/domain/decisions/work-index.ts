/** A partition that may have work left: messages to send, changes to follow up. */
export interface WorkEntry {
  partition: string;
  touchedAt: Date;
  etag: string;
}

/** Table `work`: which partitions the sweepers visit (change ledger §6). An index; losing a row loses no work forever. */
export interface WorkIndex {
  /** Notes the partition, at most once a minute per process. Throws when it cannot: then the work is not begun. */
  touch(partition: string): Promise<void>;
  entries(): AsyncIterable<WorkEntry>;
  /** Forgets an entry nobody touched since it was read. */
  remove(entry: WorkEntry): Promise<void>;
}
