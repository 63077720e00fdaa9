import { TenantId } from "../../shared/domain/access/ids";
import { tenantPartition } from "../../shared/domain/decisions/head";
import { mendLists, rebuildTenant, type RebuildCount } from "../../shared/domain/directory/rebuild-lists";
import { tablePartitions } from "../../shared/storage/table-partitions";
import { createAzureClients } from "../azure-clients";
import { connectWorld, type World } from "../connect-world";
import type { Command, CommandContext } from "./command";

const TENANTS = tenantPartition("");

/** `npm run rebuild`: the lists across tenants (table `directory`) anew from what is true (table `state`). */
export const rebuild: Command = async (context) => {
  await rebuildLists(context, connectWorld(context.config, context.log, context.clock));
  return 0;
};

/** What `npm run rebuild` does; restoring a backup ends with it. */
export async function rebuildLists(
  { config, clock, after, say }: CommandContext,
  { tenants, changeList, store }: Pick<World, "tenants" | "changeList" | "store">,
): Promise<void> {
  const deps = { store, clock, tenants, changeList };
  const total = await mendLists(deps);
  say(`Entries that were there: ${told(total)}.`);
  let count = 0;
  for await (const partition of tablePartitions(createAzureClients(config).table("state"), after)) {
    const tenantId = TenantId.safeParse(partition.slice(TENANTS.length));
    if (!partition.startsWith(TENANTS) || !tenantId.success) continue;
    const done = await rebuildTenant(deps, tenantId.data);
    for (const became of ["written", "removed", "same", "newer"] as const satisfies readonly (keyof RebuildCount)[])
      total[became] += done[became];
    say(`${partition}: ${told(done)}. To go on from here: --after ${partition}`);
    count++;
  }
  say(`Rebuilt the lists from ${count} tenants: ${told(total)}.`);
}

function told({ written, removed, same, newer }: RebuildCount): string {
  const left = newer > 0 ? `, ${newer} left to a newer version` : "";
  return `${written} written, ${removed} removed, ${same} right already${left}`;
}
