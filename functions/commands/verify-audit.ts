import { verifyAuditChain } from "../../shared/domain/audit/verify-audit-chain";
import { unlessNewer } from "../../shared/domain/decisions/newer-version";
import { tableStateStore } from "../../shared/storage/table-state-store";
import { tablePartitions } from "../../shared/storage/table-partitions";
import { createAzureClients } from "../azure-clients";
import type { Command } from "./command";

/** `npm run verify-audit`: walks the audit log of every partition; 1 when an entry was edited, removed, cut or forged. */
export const verifyAudit: Command = async ({ config, after, say }) => {
  const table = createAzureClients(config).table("state");
  const store = tableStateStore(table);
  let [partitions, entries, broken, unread] = [0, 0, 0, 0];
  for await (const partition of tablePartitions(table, after)) {
    partitions++;
    const report = await unlessNewer(verifyAuditChain(store, partition));
    if (!report) {
      say(`${partition}: only a newer version of this software may read its head; verify it with that one.`);
      unread++;
      continue;
    }
    entries += report.entries;
    if (report.breaks.length === 0) continue;
    broken++;
    say(`${partition}: the audit log of ${report.entries} entries is broken:`);
    for (const { seq, problem } of report.breaks) say(`  entry ${seq}: ${problem}`);
  }
  say(
    broken === 0
      ? `The audit log holds: ${entries} entries in ${partitions} partitions.`
      : `The audit log is broken in ${broken} of ${partitions} partitions.`,
  );
  if (unread > 0) say(`${unread} of them could not be verified.`);
  return broken + unread === 0 ? 0 : 1;
};
