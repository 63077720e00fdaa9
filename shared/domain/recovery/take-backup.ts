import { hasCode } from "../../errors";
import type { Clock } from "../access/clock";
import type { Log } from "../access/log";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import type { Telemetry } from "../telemetry/telemetry";
import { backupName, type BackupManifest, type PartitionBackup, type Software } from "./backup";
import { readPartition } from "./read-partition";
import type { BackupStore } from "./backup-store";
import { newestBackup } from "./find-backup";
import type { RawTable } from "./raw-table";

export interface BackupDeps {
  store: StateStore;
  rows: RawTable;
  backups: BackupStore;
  clock: Clock;
  log: Log;
  telemetry?: Pick<Telemetry, "measure">;
  software: Software;
}

/** Partitions read at the same time: each waits for the storage most of the time. */
const AT_ONCE = 8;

/**
 * Takes a backup of the table `state`: every partition as it was at one moment, the manifest last. A partition that cannot
 * be read is reported and stands in the manifest as the backup before has it; the rest goes on. Throws when the storage
 * of the backups cannot be written.
 */
export async function takeBackup(deps: BackupDeps): Promise<BackupManifest> {
  const startedAt = deps.clock();
  const name = backupName(startedAt);
  const before = await newestOrNone(deps);
  const earlier = new Map(before?.partitions.map((one) => [one.partition, one]));
  const partitions: PartitionBackup[] = [];
  const notRead: BackupManifest["notRead"] = [];
  const take = async (partition: string): Promise<void> => {
    const known = earlier.get(partition);
    try {
      partitions.push(await readPartition(deps, { name, partition, known }));
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      deps.log.error("a partition could not be backed up", { partition, error });
      notRead.push({ partition, because });
      if (known) partitions.push(known);
    }
  };
  await eachOf(tenantsOf(deps.rows), take);
  // The MSP's own last: what a tenant names there, such as its reseller, is then in the backup too.
  await take(MSP_PARTITION);
  const manifest: BackupManifest = {
    format: 1,
    name,
    startedAt: startedAt.toISOString(),
    finishedAt: deps.clock().toISOString(),
    software: deps.software,
    partitions: partitions.sort((a, b) => (a.partition < b.partition ? -1 : 1)),
    notRead,
  };
  await deps.backups.writeManifest(name, JSON.stringify(manifest));
  const unchanged = partitions.filter(({ blob }) => !blob.includes(name)).length;
  if (notRead.length === 0) deps.telemetry?.measure("csp.backup.completed", 1, {});
  deps.log.info("a backup was taken", { name, partitions: partitions.length, unchanged, notRead: notRead.length });
  return manifest;
}

/** A manifest that cannot be read makes this backup larger, not impossible. */
async function newestOrNone({ backups, log }: BackupDeps): Promise<BackupManifest | undefined> {
  try {
    return await newestBackup(backups);
  } catch (error) {
    if (!hasCode(error, "backupUnreadable")) throw error;
    log.warn("the newest backup cannot be read, so this one refers to nothing in it", { error });
    return undefined;
  }
}

async function* tenantsOf(rows: RawTable): AsyncIterable<string> {
  for await (const partition of rows.partitions()) if (partition !== MSP_PARTITION) yield partition;
}

/** Does the work on each item, with a few of them under way at a time. */
async function eachOf<Item>(items: AsyncIterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  // Asked one after the other: a generator answers in turn, however many ask.
  const worker = async (): Promise<void> => {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
