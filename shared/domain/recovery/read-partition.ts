import { createHash } from "node:crypto";
import { canonicalJson } from "../audit/audit-entry";
import { EMPTY_HEAD, Head, HEAD_ROW } from "../decisions/head";
import type { StoredRow } from "../decisions/state-store";
import type { PartitionBackup } from "./backup";
import type { BackupDeps } from "./take-backup";

/** A partition in which decisions are made all the time is read so often, then given up for this time. */
const MAX_TRIES = 5;
/**
 * How long a blob may stand in for an unchanged partition. Immutability counts from the day it was written: a backup is
 * protected for the whole time, less this.
 */
const REFERRED_MS = 24 * 3_600_000;

/**
 * Reads one partition as it was at one moment and stores it, unless an earlier backup holds the same. All that belongs
 * together is decided through `head`: with the same head before and after, no decision fell in between. Throws when there
 * was one each time, or the storage fails.
 */
export async function readPartition(
  deps: Pick<BackupDeps, "store" | "rows" | "backups" | "clock">,
  what: { name: string; partition: string; known: PartitionBackup | undefined },
): Promise<PartitionBackup> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const read = await readOnce(deps, what);
    if (read) return read;
  }
  throw new Error(`Decisions were made in ${what.partition} during each of ${MAX_TRIES} reads.`);
}

async function readOnce(
  deps: Pick<BackupDeps, "store" | "rows" | "backups" | "clock">,
  { name, partition, known }: { name: string; partition: string; known: PartitionBackup | undefined },
): Promise<PartitionBackup | undefined> {
  const readAt = deps.clock();
  const head = await deps.store.get(partition, HEAD_ROW);
  const blob = `partitions/${partition}/${name}.ndjson.gz`;
  const draft = deps.backups.draft(blob);
  const hash = createHash("sha256");
  let rows = 0;
  try {
    for await (const row of deps.rows.rows(partition)) {
      const line = canonicalJson(row);
      hash.update(line).update("\n");
      await draft.add(line);
      rows++;
    }
    const after = await deps.store.get(partition, HEAD_ROW);
    if (after?.etag !== head?.etag) return undefined;
    const { seq, auditHash } = headOf(head);
    const found = { partition, readAt: readAt.toISOString(), seq, auditHash, rows, sha256: hash.digest("hex") };
    if (known && isSame(known, found) && isFresh(known, readAt)) return { ...known, readAt: found.readAt };
    await draft.commit();
    return { ...found, blob, writtenAt: readAt.toISOString() };
  } finally {
    draft.drop();
  }
}

function headOf(row: StoredRow | undefined): Head {
  return row ? Head.parse(row.value) : EMPTY_HEAD;
}

function isSame(known: PartitionBackup, found: Pick<PartitionBackup, "seq" | "sha256">): boolean {
  return known.seq === found.seq && known.sha256 === found.sha256;
}

function isFresh({ writtenAt }: PartitionBackup, now: Date): boolean {
  return now.getTime() - Date.parse(writtenAt) < REFERRED_MS;
}
