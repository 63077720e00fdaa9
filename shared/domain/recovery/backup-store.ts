/** A blob that is being written. It exists from `commit` on; what was given to one that is dropped is nowhere. */
export interface BlobDraft {
  add(line: string): Promise<void>;
  /** Throws `backupExists` when there is a blob of this name: nothing is ever overwritten. */
  commit(): Promise<void>;
  drop(): void;
}

/** Where backups lie. Blobs are made once and not changed; the storage itself does not let anybody (immutability). */
export interface BackupStore {
  /** Names of the backups, newest first. */
  names(): Promise<string[]>;
  /** The manifest's text; undefined when there is no such backup. */
  readManifest(name: string): Promise<string | undefined>;
  /** Throws `backupExists`. */
  writeManifest(name: string, text: string): Promise<void>;
  /** The rows of a partition, as lines of text; neither side holds all of them in memory. */
  draft(blob: string): BlobDraft;
  /** The lines of a blob. Throws while it is read when it is missing or damaged. */
  lines(blob: string): AsyncIterable<string>;
}
