import { changeRow, type Change } from "../../../shared/domain/changes/change";
import { forgetOldLines } from "../../../shared/domain/changes/project-changes";
import { HEAD_ROW, tenantPartition } from "../../../shared/domain/decisions/head";
import {
  mendLists,
  rebuildTenant,
  type RebuildCount,
  type RebuildDeps,
} from "../../../shared/domain/directory/rebuild-lists";
import { TENANT_ROW } from "../../../shared/domain/tenants/tenant";
import { changeListTable } from "../../../shared/storage/change-list-table";
import { tablePartitions } from "../../../shared/storage/table-partitions";
import { tableStateStore } from "../../../shared/storage/table-state-store";
import { tenantListTable } from "../../../shared/storage/tenant-list-table";
import { createRowCodec, toEntity } from "../../../shared/storage/row-codec";
import { aChange } from "../../build/change";
import { after, changeId, HOUR, START, TENANT } from "../../build/ids";
import { aConnectedTenant } from "../../fakes/operators";
import { freshTable } from "./tables-fixture";

const PARTITION = tenantPartition(TENANT);
const done = (n: number, at: Date): Change =>
  aChange({
    id: changeId(n),
    state: "Completed",
    outcome: { at: at.toISOString(), code: "applied", message: "Done." },
  });

/** A tenant with an open change, one that ended today, and one that ended long ago; nothing in the lists yet. */
async function setup() {
  const [state, directory] = [await freshTable(), await freshTable()];
  const rows: [string, object][] = [
    [HEAD_ROW, { seq: 7, auditHash: "", openChanges: [changeId(1)] }],
    [TENANT_ROW, aConnectedTenant()],
    [changeRow(changeId(1)), aChange({ id: changeId(1) })],
    [changeRow(changeId(2)), done(2, START)],
    [changeRow(changeId(3)), done(3, after(-31 * 24 * HOUR))],
  ];
  for (const [row, value] of rows) await state.createEntity(toEntity(PARTITION, row, value));
  const deps = {
    store: tableStateStore(state),
    clock: () => after(HOUR),
    tenants: tenantListTable(directory),
    changeList: changeListTable(directory),
  } satisfies RebuildDeps;
  const rebuild = async (): Promise<RebuildCount[]> => {
    const counts = [await mendLists(deps)];
    for await (const partition of tablePartitions(state)) {
      if (partition === PARTITION) counts.push(await rebuildTenant(deps, TENANT));
    }
    return counts;
  };
  const rowsOf = async (): Promise<Record<string, unknown>[]> => {
    const found: Record<string, unknown>[] = [];
    for await (const { etag: _etag, timestamp: _at, ...row } of directory.listEntities()) {
      found.push(row);
    }
    return found;
  };
  return { state, directory, deps, rebuild, rowsOf };
}

test("lists that were lost come back from what is true, without what ended long ago", async () => {
  const { rebuild, rowsOf } = await setup();
  expect(await rebuild()).toEqual([
    { same: 0, written: 0, removed: 0, newer: 0 },
    { same: 0, written: 3, removed: 0, newer: 0 },
  ]);
  expect((await rowsOf()).map(({ rowKey }) => rowKey)).toEqual([changeId(1), changeId(2), TENANT]);
});

test("a second run changes nothing", async () => {
  const { rebuild, rowsOf } = await setup();
  await rebuild();
  const before = await rowsOf();
  expect(await rebuild()).toEqual([
    { same: 3, written: 0, removed: 0, newer: 0 },
    { same: 3, written: 0, removed: 0, newer: 0 },
  ]);
  expect(await rowsOf()).toEqual(before);
});

test("what only a newer version may read keeps its entry as it is, and the rest is put right; no list breaks", async () => {
  const { rebuild, rowsOf, state, deps } = await setup();
  await rebuild();
  const right = await rowsOf();
  const newer = createRowCodec([{ rowReadableFrom: () => 2 }]);
  const change = { ...aChange({ id: changeId(1) }), state: "PendingCountersign" };
  await state.updateEntity(newer.toEntity(PARTITION, changeRow(changeId(1)), change), "Replace", { etag: "*" });
  expect(await rebuild()).toEqual([
    { same: 2, written: 0, removed: 0, newer: 1 },
    { same: 2, written: 0, removed: 0, newer: 1 },
  ]);
  expect(await rowsOf()).toEqual(right);
  const forgetting = { ...deps, clock: () => after(40 * 24 * HOUR) };
  expect(await forgetOldLines(forgetting)).toBe(1);
  const { value } = await deps.changeList.list({ limit: 10, keep: () => Promise.resolve(true) });
  expect(value.map(({ id }) => id)).toEqual([changeId(1)]);
});

test("entries that are wrong, too new, unreadable or nobody's are put right", async () => {
  const { rebuild, rowsOf, directory } = await setup();
  await rebuild();
  const right = await rowsOf();
  const partitionKey = "changes_open";
  const broken = { partitionKey, rowKey: changeId(1), tenantId: TENANT, schemaVersion: 1, body0: "{}" };
  await directory.updateEntity(broken, "Replace", { etag: "*" });
  const claimsNewer = { seq: 99, tenant: aConnectedTenant({ displayName: "Of another life" }) };
  await directory.updateEntity(toEntity("tenants", TENANT, claimsNewer), "Replace", { etag: "*" });
  await directory.createEntity({ ...broken, rowKey: changeId(8) });
  await directory.createEntity({ ...broken, rowKey: "no id at all", tenantId: "nobody" });
  const [mended] = await rebuild();
  expect(mended).toEqual({ same: 1, written: 2, removed: 2, newer: 0 });
  expect(await rowsOf()).toEqual(right);
});

test("partitions are found one after the other, also from the middle", async () => {
  const table = await freshTable();
  for (const partition of ["msp", "tenant_a", "tenant_b", "tenant_c"]) {
    for (const row of ["1", "2", "3"]) await table.createEntity({ partitionKey: partition, rowKey: row });
  }
  const found: string[] = [];
  for await (const partition of tablePartitions(table)) found.push(partition);
  expect(found).toEqual(["msp", "tenant_a", "tenant_b", "tenant_c"]);
  const rest: string[] = [];
  for await (const partition of tablePartitions(table, "tenant_a")) rest.push(partition);
  expect(rest).toEqual(["tenant_b", "tenant_c"]);
});
