import type { TimerHandler } from "@azure/functions";
import { takeBackup, type BackupDeps } from "../../shared/domain/recovery/take-backup";
import type { Telemetry } from "../../shared/domain/telemetry/telemetry";

/**
 * Every hour: the table `state`, to blobs that nobody can change. One that fails is made up for by the next; only one that
 * holds everything counts, so that somebody is told when there is none.
 */
export const backUpHandler =
  (deps: BackupDeps & { telemetry: Pick<Telemetry, "measure"> }): TimerHandler =>
  async () => {
    await takeBackup(deps);
  };
