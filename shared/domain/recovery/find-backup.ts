import { AppError } from "../../errors";
import { BackupManifest } from "./backup";
import type { BackupStore } from "./backup-store";

/** The manifest of a backup. Throws `backupNotFound`, and `backupUnreadable` for one this software does not understand. */
export async function findBackup(backups: BackupStore, name: string): Promise<BackupManifest> {
  const text = await backups.readManifest(name);
  if (text === undefined) throw new AppError("not-found", "backupNotFound", `There is no backup ${name}.`);
  return parseManifest(name, text);
}

/** The manifest of the newest backup; undefined before the first. */
export async function newestBackup(backups: BackupStore): Promise<BackupManifest | undefined> {
  const [name] = await backups.names();
  return name === undefined ? undefined : findBackup(backups, name);
}

function parseManifest(name: string, text: string): BackupManifest {
  try {
    return BackupManifest.parse(JSON.parse(text));
  } catch (error) {
    const message = `The manifest of the backup ${name} cannot be read.`;
    throw new AppError("unprocessable", "backupUnreadable", message, { cause: error });
  }
}
