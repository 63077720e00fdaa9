import type { BackupStore } from "../../shared/domain/recovery/backup-store";

/** Where the installation's backups lie. Throws when it has no place for them. */
export function backupsOf({ backups }: { backups: BackupStore | undefined }): BackupStore {
  if (backups) return backups;
  throw new Error("This installation has no place for backups: set BACKUP_STORAGE__blobServiceUri.");
}
