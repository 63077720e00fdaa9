import { restoreBackup, endRestore } from "../../shared/domain/recovery/restore-backup";
import { connectWorld } from "../connect-world";
import { backupsOf } from "./backups-of";
import type { Command } from "./command";
import { rebuildLists } from "./rebuild";

/**
 * `npm run restore -- --list | --backup <name>`: an empty installation from a backup, with writes off. To be followed by
 * `npm run reconcile`.
 */
export const restore: Command = async (context) => {
  const { config, log, clock, say, backup } = context;
  const world = connectWorld(config, log, clock);
  const backups = backupsOf(world);
  if (context.list) {
    for (const name of await backups.names()) say(name);
    return 0;
  }
  if (backup === undefined) throw new Error("Say which backup: --backup <name>, or --list to see them.");
  const manifest = await restoreBackup({ ...world, backups, say }, backup);
  await rebuildLists(context, world);
  await endRestore(world, manifest);
  for (const { partition, because } of manifest.notRead) say(`  ${partition} is older than the rest: ${because}`);
  say(`Restored ${backup}. Writes are off until \`npm run reconcile\` is done and somebody turns them on.`);
  return 0;
};
