import { z } from "zod";

/** What a backup holds of one partition: all its rows as they were at one moment, in one blob. */
export const PartitionBackup = z.object({
  partition: z.string(),
  /** Where its rows lie; of an earlier backup when nothing has changed since. */
  blob: z.string(),
  /** When that blob was written: it may be referred to for a day. */
  writtenAt: z.iso.datetime(),
  /** Before the rows were read: whatever was decided later is not in them. */
  readAt: z.iso.datetime(),
  /** Number and hash of the newest audit entry; 0 and empty before the first. */
  seq: z.int().nonnegative(),
  auditHash: z.string(),
  rows: z.int().nonnegative(),
  /** Of the rows as text, line by line. */
  sha256: z.string(),
});
export type PartitionBackup = z.infer<typeof PartitionBackup>;

const Software = z.object({
  version: z.string(),
  /** Of the rows: software of an older one cannot read them. */
  rowSchema: z.int().positive(),
});
export type Software = z.infer<typeof Software>;

/** Written last, and all at once: a backup without one does not exist. */
export const BackupManifest = z.object({
  format: z.literal(1),
  name: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  software: Software,
  partitions: z.array(PartitionBackup),
  /** Those that could not be read at this time; they stand above as they were in an earlier backup, if in any. */
  notRead: z.array(z.object({ partition: z.string(), because: z.string() })),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

/** Name of a backup begun at this moment; names are in the order of time. */
export function backupName(at: Date): string {
  return at.toISOString().replace(/[:.]/g, "-");
}
