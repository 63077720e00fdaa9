import type { TimerHandler } from "@azure/functions";
import { takeBackup, type BackupDeps } from "../../shared/domain/recovery/take-backup";

/** Every hour: the table `state`, to blobs that nobody can change. One that fails is made up for by the next. */
export const backUpHandler =
  (deps: BackupDeps): TimerHandler =>
  async () => {
    await takeBackup(deps);
  };
