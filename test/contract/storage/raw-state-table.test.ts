import type { RawRow, RawTable } from "../../../shared/domain/recovery/raw-table";
import { rawStateTable } from "../../../shared/storage/raw-state-table";
import { tableStateStore } from "../../../shared/storage/table-state-store";
import { freshTable } from "./tables-fixture";

const P = "tenant_1";

async function rowsOf(table: RawTable, partition = P): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const row of table.rows(partition)) rows.push(row);
  return rows;
}

test("every row of a partition comes, of whatever types, and is made the same again elsewhere", async () => {
  const [from, to] = [await freshTable(), await freshTable()];
  const typed = {
    text: "Grüße 🧾",
    none: "",
    whole: 7,
    long: { type: "Int64", value: "9007199254740993" },
    real: { type: "Double", value: "2.5" },
    flag: true,
    at: { type: "DateTime", value: "2026-01-02T03:04:05.6789012Z" },
    id: { type: "Guid", value: "11111111-2222-4333-8444-555555555555" },
    bytes: { type: "Binary", value: "AAEC" },
  };
  await from.createEntity({ partitionKey: P, rowKey: "typed", ...typed });
  const value = { long: "x".repeat(100_000), deep: [1, { a: null }] };
  await tableStateStore(from).commit(P, [{ kind: "create", row: "change_1", value }]);
  const rows = await rowsOf(rawStateTable(from));
  expect(rows.map(({ row }) => row)).toEqual(["change_1", "typed"]);
  await rawStateTable(to).create(P, JSON.parse(JSON.stringify(rows)) as RawRow[]);
  expect(await rowsOf(rawStateTable(to))).toEqual(rows);
  expect((await tableStateStore(to).get(P, "change_1"))?.value).toEqual(value);
  expect(rows[1]?.properties["long"]).toEqual({ type: "Int64", value: "9007199254740993" });
});

test("a partition of many and large rows comes whole and in order, and is made in several transactions", async () => {
  const [from, to] = [await freshTable(), await freshTable()];
  const rows = Array.from({ length: 230 }, (_, i): RawRow => ({
    row: `row_${String(i).padStart(4, "0")}`,
    properties: { body0: { type: "String", value: "y".repeat(i % 20 === 0 ? 30_000 : 10) } },
  }));
  await rawStateTable(from).create(P, rows);
  await rawStateTable(from).create("tenant_2", rows.slice(0, 1));
  expect(await rowsOf(rawStateTable(from))).toEqual(rows);
  await rawStateTable(to).create(P, rows.slice(50, 170));
  await rawStateTable(to).create(P, rows);
  expect(await rowsOf(rawStateTable(to))).toEqual(rows);
  const partitions: string[] = [];
  for await (const partition of rawStateTable(from).partitions()) partitions.push(partition);
  expect(partitions).toEqual([P, "tenant_2"]);
});

test("a row that stands there with another content is never overwritten", async () => {
  const table = rawStateTable(await freshTable());
  const row = (value: string): RawRow => ({ row: "head", properties: { body0: { type: "String", value } } });
  await table.create(P, [row("here")]);
  await expect(table.create(P, [row("backup")])).rejects.toMatchObject({ code: "restoreConflict" });
  expect(await rowsOf(table)).toEqual([row("here")]);
});
