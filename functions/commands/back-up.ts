import { takeBackup } from "../../shared/domain/recovery/take-backup";
import { backupsOf } from "./backups-of";
import { connectWorld } from "../connect-world";
import type { Command } from "./command";

/** `npm run back-up`: what the timer does every hour, now; 1 when a partition could not be read. */
export const backUp: Command = async ({ config, log, clock, say }) => {
  const world = connectWorld(config, log, clock);
  const { name, partitions, notRead } = await takeBackup({ ...world, backups: backupsOf(world) });
  const rows = partitions.reduce((total, one) => total + one.rows, 0);
  const written = partitions.filter(({ blob }) => blob.includes(name)).length;
  say(`Backup ${name}: ${rows} rows in ${partitions.length} partitions, ${written} of them written anew.`);
  for (const { partition, because } of notRead) say(`  ${partition} could not be read: ${because}`);
  return notRead.length === 0 ? 0 : 1;
};
