import { z } from "zod";
import { AppError } from "../../errors";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";

/** In partition `msp`: what the installation was restored from, and how far that is. Absent in one that never was. */
export const RECOVERY_ROW = "setting_recovery";

export const Recovery = z.object({
  /** Name of the backup. */
  backup: z.string(),
  /** Nothing that was decided later is in it; of some partitions, nothing that was decided a little later. */
  takenAt: z.iso.datetime(),
  /** When the restore began: the system stood still by then, so nothing was sent later than that. */
  restoredAt: z.iso.datetime(),
  state: z.enum(["restoring", "reconciling", "done"]),
  doneAt: z.iso.datetime().optional(),
});
export type Recovery = z.infer<typeof Recovery>;

/** The restore this installation comes from; undefined when it never was restored. */
export async function readRecovery(store: StateStore): Promise<Recovery | undefined> {
  const row = await store.get(MSP_PARTITION, RECOVERY_ROW);
  return row && Recovery.parse(row.value);
}

/**
 * Before writes go out: what was bought between the backup and the disaster is known again. Throws `reconcileRequired`.
 */
export function requireReconciled(recovery: Recovery | undefined): void {
  if (!recovery || recovery.state === "done") return;
  const what = `This installation was restored from the backup ${recovery.backup}, which does not know what was bought since.`;
  throw new AppError("conflict", "reconcileRequired", `${what} Writes stay off until \`npm run reconcile\` is done.`);
}
