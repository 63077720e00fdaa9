import { createHash } from "node:crypto";
import { AppError } from "../../errors";
import { HEAD_ROW } from "../decisions/head";
import type { PartitionBackup } from "./backup";
import type { BackupStore } from "./backup-store";
import { RawRow, type RawTable } from "./raw-table";

/** Rows held in memory at a time. */
const BATCH = 200;

/** Reads the whole blob of a partition. Throws `backupDamaged` unless it is, to the last byte, what the manifest says. */
export async function verifyPartition(backups: BackupStore, known: PartitionBackup): Promise<void> {
  const hash = createHash("sha256");
  let rows = 0;
  try {
    for await (const line of backups.lines(known.blob)) {
      hash.update(line).update("\n");
      rows++;
    }
  } catch (error) {
    throw damaged(known, error instanceof Error ? error.message : "it cannot be read", error);
  }
  if (rows !== known.rows) throw damaged(known, `it holds ${rows} rows, not ${known.rows}`);
  if (hash.digest("hex") !== known.sha256) throw damaged(known, "its rows are not those that were backed up");
}

/**
 * Creates the rows of a partition, `head` last: until it is there nothing can be decided on half of them. Rows named in
 * `except` are left out.
 */
export async function pourPartition(
  { rows, backups }: { rows: RawTable; backups: BackupStore },
  { partition, blob }: PartitionBackup,
  except: readonly string[],
): Promise<void> {
  let batch: RawRow[] = [];
  const last: RawRow[] = [];
  for await (const line of backups.lines(blob)) {
    const row = RawRow.parse(JSON.parse(line));
    if (except.includes(row.row)) continue;
    (row.row === HEAD_ROW ? last : batch).push(row);
    if (batch.length < BATCH) continue;
    await rows.create(partition, batch);
    batch = [];
  }
  await rows.create(partition, batch);
  await rows.create(partition, last);
}

function damaged({ partition, blob }: PartitionBackup, because: string, cause?: unknown): AppError {
  const message = `The backup of ${partition} (${blob}) is damaged: ${because}. Nothing was restored.`;
  return new AppError("unprocessable", "backupDamaged", message, { cause });
}
