import type { Clock } from "../access/clock";
import { ChangeId, TenantId } from "../access/ids";
import { Change, CHANGE_PREFIX } from "../changes/change";
import { lineOf, type ChangeEntry } from "../changes/change-list";
import { readChangeEntry } from "../changes/project-changes";
import { tenantPartition } from "../decisions/head";
import { unlessNewer } from "../decisions/newer-version";
import type { Mended, ReadModel, ReadModelEntry } from "../decisions/read-model";
import type { StateStore } from "../decisions/state-store";
import { readTenantEntry, type TenantEntry } from "../tenants/tenant-list";

export interface RebuildDeps {
  store: StateStore;
  clock: Clock;
  tenants: ReadModel<TenantEntry>;
  changeList: ReadModel<ChangeEntry>;
}

/** What became of the entries of the lists; `newer` ones stay, since only a newer version may read what they show. */
export type RebuildCount = Record<Mended | "newer", number>;

const PAGE = 200;

/**
 * Holds every entry of the lists across tenants against its owner, and removes those whose owner is not to be listed. Then
 * `rebuildTenant` brings back what is missing. Both only ever write what the owner is at that moment, guarded against
 * newer entries, so they may run beside the system, be stopped, and run again.
 */
export async function mendLists(deps: RebuildDeps): Promise<RebuildCount> {
  const count: RebuildCount = { same: 0, written: 0, removed: 0, newer: 0 };
  await mendAll(deps.tenants, count, (_key, tenantId) => readTenantEntry(deps.store, tenantId));
  await mendAll(deps.changeList, count, async (key, tenantId) => {
    const id = ChangeId.safeParse(key);
    return id.success ? readChangeEntry(deps, tenantId, id.data) : undefined;
  });
  return count;
}

async function mendAll<Entry extends ReadModelEntry>(
  list: ReadModel<Entry>,
  count: RebuildCount,
  read: (key: string, tenantId: TenantId) => Promise<Entry | undefined>,
): Promise<void> {
  for await (const { key, tenantId } of list.keys()) {
    const owner = TenantId.safeParse(tenantId);
    // An entry that names no owner is nobody's; if it stands for something, that has its place found by the tenants' turn.
    const mended = list.mend(key, () => (owner.success ? read(key, owner.data) : Promise.resolve(undefined)));
    count[(await unlessNewer(mended)) ?? "newer"]++;
  }
}

/** Brings the entries of one tenant and of its changes into the lists, as they are now. */
export async function rebuildTenant(deps: RebuildDeps, tenantId: TenantId): Promise<RebuildCount> {
  const count: RebuildCount = { same: 0, written: 0, removed: 0, newer: 0 };
  const mended = deps.tenants.mend(tenantId, () => readTenantEntry(deps.store, tenantId));
  count[(await unlessNewer(mended)) ?? "newer"]++;
  let after: string | undefined;
  do {
    const ask = { prefix: CHANGE_PREFIX, limit: PAGE, onNewer: () => count.newer++ };
    const page = await deps.store.list(tenantPartition(tenantId), { ...ask, ...(after ? { after } : {}) });
    for (const { value } of page.rows) {
      const change = Change.parse(value);
      if (!lineOf(change, deps.clock())) continue;
      const entry = deps.changeList.mend(change.id, () => readChangeEntry(deps, tenantId, change.id));
      count[(await unlessNewer(entry)) ?? "newer"]++;
    }
    after = page.next;
  } while (after);
  return count;
}
