import type { TableClient } from "@azure/data-tables";
import type { DataVersion, RowKey } from "../../../shared/domain/decisions/data-versions";
import { migrateTable } from "../../../shared/storage/migrate-table";
import { createRowCodec } from "../../../shared/storage/row-codec";
import { NewerVersionError } from "../../../shared/domain/decisions/newer-version";
import { freshTable } from "./tables-fixture";

/** Version 2 calls seats quantity; version 3 says of everything which version made it. */
const VERSIONS: DataVersion[] = [
  {
    upgrade: (value) => {
      const { seats, ...rest } = value as { seats?: number };
      return seats === undefined ? value : { ...rest, quantity: seats };
    },
    rowReadableFrom: () => 2,
  },
  { upgrade: (value, { row }) => ({ madeBy: row, ...(value as object) }) },
];
const first = createRowCodec([]);
const second = createRowCodec(VERSIONS.slice(0, 1));
const third = createRowCodec(VERSIONS);

async function tableWith(...rows: [string, string, object][]): Promise<TableClient> {
  const table = await freshTable();
  for (const [partition, row, value] of rows) await table.createEntity(first.toEntity(partition, row, value));
  return table;
}
const stored = async (table: TableClient, partition: string, row: string): Promise<Record<string, unknown>> => ({
  ...(await table.getEntity(partition, row)),
});

test("a row of an older version is read as the newest one has it, before anything was migrated", async () => {
  const table = await tableWith(["p", "change_1", { seats: 5 }]);
  expect(third.fromEntity(await stored(table, "p", "change_1"))).toEqual({ quantity: 5, madeBy: "change_1" });
});

test("every older row is written anew, once: a second run finds nothing to do", async () => {
  const table = await tableWith(["a", "change_1", { seats: 5 }], ["b", "tenant", { seats: 7 }]);
  await table.createEntity(third.toEntity("c", "tenant", { quantity: 9 }));
  expect(await migrateTable(table, { codec: third })).toEqual({ seen: 3, migrated: 2, newer: 0 });
  expect(await stored(table, "b", "tenant")).toMatchObject({
    ...{ schemaVersion: 3, readableFrom: 2 },
    body0: '{"madeBy":"tenant","quantity":7}',
  });
  expect(await migrateTable(table, { codec: third })).toEqual({ seen: 3, migrated: 0, newer: 0 });
});

test("a row from before versions gets one", async () => {
  const table = await freshTable();
  await table.createEntity({ partitionKey: "p", rowKey: "r", body0: '{"a":1}' });
  expect(await migrateTable(table)).toEqual({ seen: 1, migrated: 1, newer: 0 });
  expect(await stored(table, "p", "r")).toMatchObject({ schemaVersion: 1, readableFrom: 1, body0: '{"a":1}' });
});

test("rows of a newer version that this one may read are left as they are, and are none to tell of", async () => {
  const table = await freshTable();
  await table.createEntity(third.toEntity("p", "r", { quantity: 1 }));
  const before = await stored(table, "p", "r");
  expect(await migrateTable(table, { codec: second })).toEqual({ seen: 1, migrated: 0, newer: 0 });
  expect(await stored(table, "p", "r")).toEqual(before);
});

test("rows for a newer version alone are counted and left as they are", async () => {
  const table = await freshTable();
  await table.createEntity(third.toEntity("p", "r", { quantity: 1 }));
  const before = await stored(table, "p", "r");
  expect(await migrateTable(table, { codec: first })).toEqual({ seen: 1, migrated: 0, newer: 1 });
  expect(await stored(table, "p", "r")).toEqual(before);
  expect(() => first.fromEntity(before)).toThrow(NewerVersionError);
});

test("up, back and up again: a row that the older version wrote meanwhile is migrated once more, and keeps its new field", async () => {
  const table = await tableWith(["p", "tenant", { quantity: 5 }]);
  await migrateTable(table, { codec: third });
  const value = second.fromEntity(await stored(table, "p", "tenant")) as object;
  await table.updateEntity(second.toEntity("p", "tenant", { ...value, quantity: 6 }), "Replace", { etag: "*" });
  expect(await migrateTable(table, { codec: third })).toEqual({ seen: 1, migrated: 1, newer: 0 });
  expect(third.fromEntity(await stored(table, "p", "tenant"))).toEqual({ quantity: 6, madeBy: "tenant" });
});

test("audit entries stay as they were written: their hashes chain what was said", async () => {
  const table = await tableWith(["p", "audit_000000000001", { seats: 5 }]);
  const before = await stored(table, "p", "audit_000000000001");
  expect(await migrateTable(table, { codec: third })).toMatchObject({ migrated: 0 });
  expect(await stored(table, "p", "audit_000000000001")).toEqual(before);
  expect(third.fromEntity(before)).toEqual({ seats: 5 });
});

test("what queries choose by stays beside the value, and a long value leaves no rest behind", async () => {
  const table = await freshTable();
  const long = first.toEntity("p", "r", { seats: 5, text: "x".repeat(70_000) });
  await table.createEntity({ ...long, state: "Completed" });
  const shorter = createRowCodec([{ upgrade: () => ({ short: true }) }]);
  await migrateTable(table, { codec: shorter });
  const row = await stored(table, "p", "r");
  expect(row).toMatchObject({ state: "Completed", body0: '{"short":true}', schemaVersion: 2 });
  expect(row).not.toHaveProperty("body1");
});

test("stopped midway, it goes on from where it said it was", async () => {
  const rows = [1, 2, 3, 4].map((n): [string, string, object] => [`p${n}`, "tenant", { seats: n }]);
  const table = await tableWith(...rows);
  const places: RowKey[] = [];
  expect(
    await migrateTable(table, {
      codec: third,
      after: { partition: "p2", row: "tenant" },
      reached: (at) => places.push(at),
    }),
  ).toEqual({ seen: 2, migrated: 2, newer: 0 });
  expect(places.at(-1)).toEqual({ partition: "p4", row: "tenant" });
  expect(await migrateTable(table, { codec: third })).toEqual({ seen: 4, migrated: 2, newer: 0 });
});

test("a row that the running system writes at the same moment keeps what the system wrote", async () => {
  const table = await tableWith(["p", "change_1", { seats: 5 }]);
  const update = table.updateEntity.bind(table);
  let raced = false;
  table.updateEntity = async (...call) => {
    if (!raced) {
      raced = true;
      await update(third.toEntity("p", "change_1", { quantity: 6 }), "Replace", { etag: "*" });
    }
    return update(...call);
  };
  expect(await migrateTable(table, { codec: third })).toMatchObject({ migrated: 0 });
  expect(third.fromEntity(await stored(table, "p", "change_1"))).toEqual({ quantity: 6 });
});
