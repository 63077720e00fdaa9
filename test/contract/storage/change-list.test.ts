import type { ChangeId, TenantId } from "../../../shared/domain/access/ids";
import { lineOf, type ChangeEntry, type ChangeLine, type ChangeList } from "../../../shared/domain/changes/change-list";
import { NewerVersionError } from "../../../shared/domain/decisions/newer-version";
import { changeListTable } from "../../../shared/storage/change-list-table";
import { createRowCodec } from "../../../shared/storage/row-codec";
import { aChange } from "../../build/change";
import { after, changeId, HOUR, START, TENANT } from "../../build/ids";
import { memoryChangeList } from "../../fakes/memory-change-list";
import { freshTable } from "./tables-fixture";

const OTHER = "10000000-0000-4000-8000-000000000002" as TenantId;
const line = (n: number, differing: Partial<ChangeLine> = {}): ChangeLine => ({
  ...lineOf(aChange({ id: changeId(n) }), START)!,
  ...differing,
});
const ended = (n: number, at: Date): ChangeLine => line(n, { state: "Completed", endedAt: at.toISOString() });
const everything = { limit: 100, keep: () => Promise.resolve(true) };

async function setup(...entries: ChangeEntry[]) {
  const list = changeListTable(await freshTable());
  for (const entry of entries) await list.put(entry);
  return { list, ids: async (ask = {}) => (await list.list({ ...everything, ...ask })).value.map(({ id }) => id) };
}

const MAKERS: [string, () => Promise<Pick<ChangeList, "put" | "list">>][] = [
  ["in the table", async () => changeListTable(await freshTable())],
  ["in memory", () => Promise.resolve(memoryChangeList())],
];

test.each(MAKERS)(
  "a line put %s is listed, and a newer one takes its place whatever comes late",
  async (_name, make) => {
    const list = await make();
    await list.put({ seq: 3, line: line(1, { state: "Purchasing" }) });
    await list.put({ seq: 9, line: ended(1, START) });
    await list.put({ seq: 4, line: line(1) });
    await list.put({ seq: 9, line: line(1) });
    await list.put({ seq: 1, line: line(0) });
    expect(await list.list(everything)).toEqual({ value: [line(0), ended(1, START)] });
    expect(await list.list({ ...everything, keep: ({ id }) => Promise.resolve(id === changeId(0)) })).toEqual({
      value: [line(0)],
    });
  },
);

test("a line is chosen by state, kind and tenants, before anything is read of the others", async () => {
  const { ids } = await setup(
    { seq: 1, line: line(1) },
    { seq: 1, line: ended(2, START) },
    { seq: 1, line: line(3, { tenantId: OTHER }) },
  );
  expect(await ids({ state: "Completed" })).toEqual([changeId(2)]);
  expect(await ids({ kind: "quantity", tenantIds: [TENANT] })).toEqual([changeId(1), changeId(2)]);
  expect(await ids({ kind: "purchase" })).toEqual([]);
  expect(await ids({ tenantIds: [TENANT, OTHER] })).toEqual([changeId(1), changeId(2), changeId(3)]);
});

test("lines for a newer release alone are counted on the page they stand on, for those who may see them, and stay untouched", async () => {
  const table = await freshTable();
  const [list, ofNext] = [changeListTable(table), createRowCodec([{ rowReadableFrom: () => 2 }])];
  for (const n of [1, 3, 5]) await list.put({ seq: 1, line: line(n) });
  for (const [n, tenantId] of [
    [2, TENANT],
    [4, TENANT],
    [6, OTHER],
  ] as const) {
    const entry = { seq: 1, line: { ...line(n, { tenantId }), state: "PendingCountersign" } };
    await table.createEntity({ ...ofNext.toEntity("changes_open", changeId(n), entry), tenantId });
  }
  const countNewer = ({ tenantId }: Pick<ChangeLine, "tenantId">): Promise<boolean> =>
    Promise.resolve(tenantId === TENANT);
  const first = await list.list({ ...everything, limit: 2, countNewer });
  expect([first.value.map(({ id }) => id), first.next, first.notShown]).toEqual([
    [changeId(1), changeId(3)],
    changeId(3),
    1,
  ]);
  const second = await list.list({ ...everything, limit: 2, countNewer, after: first.next });
  expect([second.value.map(({ id }) => id), second.next, second.notShown]).toEqual([[changeId(5)], undefined, 1]);
  expect(await list.list(everything)).not.toHaveProperty("notShown");
  await expect(list.put({ seq: 9, line: line(2) })).rejects.toThrow(NewerVersionError);
  expect(await table.getEntity("changes_open", changeId(2))).toMatchObject({ schemaVersion: 2, readableFrom: 2 });
});

test("pages have no holes or doubles, and begin after a line that was shown", async () => {
  const { list } = await setup(...[5, 3, 1, 4, 2].map((n) => ({ seq: 1, line: line(n) })));
  const keep = ({ id }: ChangeLine): Promise<boolean> => Promise.resolve(id !== changeId(3) && id !== changeId(5));
  const first = await list.list({ limit: 2, keep });
  expect([first.value.map(({ id }) => id), first.next]).toEqual([[changeId(1), changeId(2)], changeId(2)]);
  const second = await list.list({ limit: 2, keep, after: first.next });
  expect(second).toEqual({ value: [line(4)] });
});

test("many handlers at once leave the newest line, whoever comes last", async () => {
  const { list } = await setup();
  const order = [4, 8, 1, 7, 2, 6, 3, 5];
  await Promise.all(order.map((seq) => list.put({ seq, line: line(1, { requestedBy: `state ${seq}` }) })));
  expect((await list.list(everything)).value[0]?.requestedBy).toBe("state 8");
});

test("lines that ended before a moment are found, open ones never", async () => {
  const { list } = await setup(
    { seq: 1, line: line(1) },
    { seq: 1, line: ended(2, START) },
    { seq: 1, line: ended(3, after(2 * HOUR)) },
  );
  const found: ChangeId[] = [];
  for await (const { id } of list.endedBefore(after(HOUR))) found.push(id);
  expect(found).toEqual([changeId(2)]);
});

test("a line is mended to what its owner is, also when the line claims to be newer, and is removed with its owner", async () => {
  const { list, ids } = await setup({ seq: 99, line: ended(1, START) }, { seq: 1, line: line(2) });
  expect(await list.mend(changeId(1), () => Promise.resolve({ seq: 5, line: line(1) }))).toBe("written");
  expect(await list.mend(changeId(1), () => Promise.resolve({ seq: 5, line: line(1) }))).toBe("same");
  expect(await list.mend(changeId(2), () => Promise.resolve(undefined))).toBe("removed");
  expect(await list.mend(changeId(3), () => Promise.resolve({ seq: 5, line: line(3) }))).toBe("written");
  expect(await ids()).toEqual([changeId(1), changeId(3)]);
  expect((await list.list({ ...everything, state: "Completed" })).value).toEqual([]);
});

test("a mend never overwrites what somebody newer wrote meanwhile: it reads the owner again", async () => {
  const { list } = await setup({ seq: 5, line: line(1) });
  let reads = 0;
  await list.mend(changeId(1), async () => {
    if (++reads === 1) await list.put({ seq: 7, line: ended(1, START) });
    return reads === 1 ? { seq: 6, line: line(1, { state: "Purchasing" }) } : { seq: 7, line: ended(1, START) };
  });
  expect(reads).toBe(2);
  expect(await list.list(everything)).toEqual({ value: [ended(1, START)] });
});
