/** An entry of a list across tenants, marked with the number of the owner's decisions when it was read. */
export interface ReadModelEntry {
  seq: number;
}

/** What became of an entry that was held against its owner. */
export type Mended = "same" | "written" | "removed";

/** A list across tenants, as a rebuild sees it (table `directory`). Never decided upon. */
export interface ReadModel<Entry extends ReadModelEntry> {
  /** Stores an entry unless one as new (same or higher `seq`) is there already. */
  put(entry: Entry): Promise<void>;
  /**
   * Makes the entry with this key what `read` says its owner is now, whatever stood there: also after the truth was
   * restored from a backup and is older than the list. `undefined` removes it. `read` may run several times; it is asked
   * after the entry was read, so that a newer entry of somebody else is never overwritten by an older one.
   */
  mend(key: string, read: () => Promise<Entry | undefined>): Promise<Mended>;
  /** The keys of all entries, in order, and the tenant each belongs to as the entry says. */
  keys(): AsyncIterable<{ key: string; tenantId: string }>;
}

/** An entry that only a newer version may read: what stands beside its value. */
export interface NewerEntry {
  key: string;
  tenantId: string;
  customerId: string;
}
