import type { z } from "zod";
import { AppError } from "../../errors";
import type { Clock } from "../access/clock";
import { verifyAuditChain } from "../audit/verify-audit-chain";
import { WRITE_MODE_ROW, type WriteModeSetting } from "../changes/write-mode";
import { decide, type DecideDeps } from "../decisions/decide";
import { Head, HEAD_ROW, MSP_PARTITION } from "../decisions/head";
import type { BackupManifest, Software } from "./backup";
import type { BackupStore } from "./backup-store";
import { findBackup } from "./find-backup";
import { pourPartition, verifyPartition } from "./pour-partition";
import type { RawTable } from "./raw-table";
import { readRecovery, Recovery, RECOVERY_ROW } from "./recovery-state";

export interface RestoreDeps extends DecideDeps {
  rows: RawTable;
  backups: BackupStore;
  clock: Clock;
  software: Software;
  /** Tells how far it is. */
  say: (line: string) => void;
}

const RESTORER = { kind: "automation", id: "restore", name: "Restore" } as const;

/**
 * Fills the empty table `state` from a backup. Everything is verified before the first row is written; writes are off
 * before any other row is there, and stay off until the installation is reconciled. May be stopped and begun again with
 * the same backup: what stands there already is left alone. Throws `backupNotFound`, `backupUnreadable`, `backupTooNew`,
 * `backupDamaged`, `stateNotEmpty`, `restoreConflict`, `auditChainBroken`.
 */
export async function restoreBackup(deps: RestoreDeps, name: string): Promise<BackupManifest> {
  const manifest = await findBackup(deps.backups, name);
  if (manifest.software.rowSchema > deps.software.rowSchema) {
    const message = `The backup was taken by version ${manifest.software.version}; this is an older one.`;
    throw new AppError("unprocessable", "backupTooNew", message);
  }
  const begun = await findBegun(deps, name);
  for (const partition of manifest.partitions) await verifyPartition(deps.backups, partition);
  deps.say(`The backup is whole: ${manifest.partitions.length} partitions.`);
  if (!begun) await begin(deps, manifest);
  for (const partition of mspFirst(manifest)) {
    await pourPartition(deps, partition, OURS);
    deps.say(`${partition.partition}: ${partition.rows} rows`);
  }
  await verifyChains(deps, manifest);
  await touchWork(deps, manifest);
  return manifest;
}

/** These two say what the installation is now, whatever they said when the backup was taken. */
const OURS: readonly string[] = [RECOVERY_ROW, WRITE_MODE_ROW];

/** Says that everything is there: from now on it can be reconciled. Recorded in the audit log, with what was restored. */
export async function endRestore(deps: DecideDeps, manifest: BackupManifest): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await decision.get(RECOVERY_ROW, Recovery);
    if (found?.value.state !== "restoring") return;
    decision.replace(found, { ...found.value, state: "reconciling" });
    decision.record({
      action: "recovery.restore",
      actor: RESTORER,
      object: { type: "backup", id: manifest.name },
      result: "success",
      after: {
        writeMode: "off",
        takenAt: found.value.takenAt,
        restoredAt: found.value.restoredAt,
        partitions: manifest.partitions.length,
        rows: manifest.partitions.reduce((total, { rows }) => total + rows, 0),
        ...(manifest.notRead.length > 0 ? { olderPartitions: manifest.notRead.map((one) => one.partition) } : {}),
      },
    });
  });
}

/** The same restore, begun before; undefined when the table is empty. Throws `stateNotEmpty` for anything else. */
async function findBegun({ store, rows }: RestoreDeps, name: string): Promise<Recovery | undefined> {
  const recovery = await readRecovery(store);
  if (recovery?.backup === name && recovery.state === "restoring") return recovery;
  for await (const partition of rows.partitions()) {
    const what = recovery ? `was restored from ${recovery.backup}` : `holds rows (${partition})`;
    const message = `The table \`state\` ${what}. A backup is restored into an empty table only.`;
    throw new AppError("conflict", "stateNotEmpty", message);
  }
  return undefined;
}

/**
 * The first two rows, in one transaction and outside of any decision: there is no head yet that a decision could go
 * through. `endRestore` records them.
 */
async function begin({ store, clock }: RestoreDeps, manifest: BackupManifest): Promise<void> {
  const now = clock().toISOString();
  const takenAt = manifest.partitions.map(({ readAt }) => readAt).reduce((a, b) => (a < b ? a : b), manifest.startedAt);
  const recovery: Recovery = { backup: manifest.name, takenAt, restoredAt: now, state: "restoring" };
  const mode = { mode: "off", changedAt: now, changedBy: RESTORER.name } satisfies z.infer<typeof WriteModeSetting>;
  const outcome = await store.commit(MSP_PARTITION, [
    { kind: "create", row: RECOVERY_ROW, value: recovery },
    { kind: "create", row: WRITE_MODE_ROW, value: mode },
  ]);
  if (outcome === "committed" || (await readRecovery(store))?.backup === manifest.name) return;
  throw new AppError("conflict", "stateNotEmpty", "Somebody else writes to the table `state`. Stop the app first.");
}

function mspFirst({ partitions }: BackupManifest): BackupManifest["partitions"] {
  return [...partitions].sort((a, b) => Number(b.partition === MSP_PARTITION) - Number(a.partition === MSP_PARTITION));
}

async function verifyChains({ store }: RestoreDeps, manifest: BackupManifest): Promise<void> {
  for (const { partition } of manifest.partitions) {
    const [broken] = (await verifyAuditChain(store, partition)).breaks;
    if (!broken) continue;
    const message = `The audit log of ${partition} does not hold: entry ${broken.seq} ${broken.problem}.`;
    throw new AppError("unprocessable", "auditChainBroken", message);
  }
}

/** The index of open work is not in the backup: whoever has some is noted anew, so that the sweepers come. */
async function touchWork(deps: RestoreDeps, manifest: BackupManifest): Promise<void> {
  for (const { partition } of manifest.partitions) {
    const head = await deps.store.get(partition, HEAD_ROW);
    const { openChanges, connection } = head ? Head.parse(head.value) : { openChanges: [], connection: undefined };
    const outbox = await deps.store.list(partition, { prefix: "outbox_", limit: 1 });
    if (openChanges.length > 0 || connection === "Disconnecting" || outbox.rows.length > 0)
      await deps.touchWork(partition);
  }
}
