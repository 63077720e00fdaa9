import type { Clock } from "../access/clock";
import type { ChangeId, TenantId } from "../access/ids";
import type { Decision } from "../decisions/decide";
import { Head, HEAD_ROW, tenantPartition } from "../decisions/head";
import { unlessNewer } from "../decisions/newer-version";
import type { ReadModel } from "../decisions/read-model";
import type { StateStore } from "../decisions/state-store";
import { Change, changeRow } from "./change";
import { lineOf, LINE_KEPT_MS, type ChangeEntry, type ChangeList } from "./change-list";

/** Tells the list, in the same decision, that changes are new or show something else now. A pointer: the handler reads them. */
export function announceChanges(decision: Decision, tenantId: TenantId, changeIds: readonly ChangeId[]): void {
  const [first] = changeIds;
  if (first === undefined) return;
  decision.send({
    queue: "directory",
    messageId: `${tenantId}:${decision.head.seq + 1}:${first}`,
    sessionId: tenantId,
    body: { tenantId, changeIds: [...changeIds] },
  });
}

/** A change as the list is to show it now; undefined when it is to show nothing. */
export async function readChangeEntry(
  deps: { store: StateStore; clock: Clock },
  tenantId: TenantId,
  changeId: ChangeId,
): Promise<ChangeEntry | undefined> {
  const partition = tenantPartition(tenantId);
  // The head first: an entry is never marked newer than the change it shows.
  const head = await deps.store.get(partition, HEAD_ROW);
  const row = await deps.store.get(partition, changeRow(changeId));
  const line = row && lineOf(Change.parse(row.value), deps.clock());
  return head && line && { seq: Head.parse(head.value).seq, line };
}

/** Brings the list up to date with some changes of a tenant. Safe to repeat and to run out of order. */
export async function projectChanges(
  deps: { store: StateStore; clock: Clock; changeList: Pick<ChangeList, "put"> },
  tenantId: TenantId,
  changeIds: readonly ChangeId[],
): Promise<void> {
  for (const changeId of changeIds) {
    const entry = await readChangeEntry(deps, tenantId, changeId);
    if (entry) await deps.changeList.put(entry);
  }
}

/** Forgets lines that ended more than thirty days ago. Doing it twice or late does no harm. Returns how many. */
export async function forgetOldLines(deps: {
  store: StateStore;
  clock: Clock;
  changeList: ChangeList & Pick<ReadModel<ChangeEntry>, "mend">;
}): Promise<number> {
  let forgotten = 0;
  for await (const { id, tenantId } of deps.changeList.endedBefore(new Date(deps.clock().getTime() - LINE_KEPT_MS))) {
    // By its owner, not by the line: a change that was taken up again since is open.
    const mended = deps.changeList.mend(id, () => readChangeEntry(deps, tenantId, id));
    if ((await unlessNewer(mended)) === "removed") forgotten++;
  }
  return forgotten;
}
