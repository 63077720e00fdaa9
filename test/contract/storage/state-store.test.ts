import { NewerVersionError } from "../../../shared/domain/decisions/newer-version";
import type { StateStore } from "../../../shared/domain/decisions/state-store";
import { createRowCodec } from "../../../shared/storage/row-codec";
import { tableStateStore } from "../../../shared/storage/table-state-store";
import { memoryStateStore } from "../../fakes/memory-state-store";
import { freshTable, tableClient } from "./tables-fixture";

const P = "tenant_1";
/** A store, and a way to have a newer version write a row there for itself alone. */
interface Setup {
  store: StateStore;
  writeNewer: (row: string) => Promise<void>;
}

const MAKERS: [string, () => Promise<Setup>][] = [
  ["in memory", () => Promise.resolve(inMemory())],
  ["in Table Storage", inTable],
];

function inMemory(): Setup {
  const store = memoryStateStore();
  const writeNewer = (row: string): Promise<void> => {
    store.forge(P, row, { row });
    store.seal(P, row);
    return Promise.resolve();
  };
  return { store, writeNewer };
}

/** The next version, whose rows this one may not read. */
const nextCodec = createRowCodec([{ rowReadableFrom: () => 2 }]);

async function inTable(): Promise<Setup> {
  const table = await freshTable();
  const writeNewer = async (row: string): Promise<void> => {
    await table.upsertEntity(nextCodec.toEntity(P, row, { row }), "Replace");
  };
  return { store: tableStateStore(table), writeNewer };
}

async function create(store: StateStore, ...rows: string[]): Promise<void> {
  for (const row of rows) await store.commit(P, [{ kind: "create", row, value: { row } }]);
}

async function etagOf(store: StateStore, row: string): Promise<string> {
  return (await store.get(P, row))?.etag ?? "none";
}

describe.each(MAKERS)("state rows %s", (_name, makeStore) => {
  let store: StateStore;
  let writeNewer: Setup["writeNewer"];
  beforeEach(async () => {
    ({ store, writeNewer } = await makeStore());
  });

  test("a row that was created can be read, and another cannot", async () => {
    const value = { text: "Grüße 🧾", list: [1, 2], deep: { yes: true, nothing: null } };
    expect(await store.commit(P, [{ kind: "create", row: "a", value }])).toBe("committed");
    expect(await store.get(P, "a")).toEqual({ row: "a", value, etag: expect.any(String) as string });
    expect(await store.get(P, "b")).toBeUndefined();
    expect(await store.get("tenant_2", "a")).toBeUndefined();
  });

  test("creating what is there is a conflict, and changes nothing", async () => {
    await create(store, "a");
    expect(await store.commit(P, [{ kind: "create", row: "a", value: { row: "other" } }])).toBe("conflict");
    expect((await store.get(P, "a"))?.value).toEqual({ row: "a" });
  });

  test("replacing needs the etag of the row as it is, and gives it a new one", async () => {
    await create(store, "a");
    const etag = await etagOf(store, "a");
    expect(await store.commit(P, [{ kind: "replace", row: "a", etag, value: { v: 2 } }])).toBe("committed");
    expect(await etagOf(store, "a")).not.toBe(etag);
    expect(await store.commit(P, [{ kind: "replace", row: "a", etag, value: { v: 3 } }])).toBe("conflict");
    expect((await store.get(P, "a"))?.value).toEqual({ v: 2 });
  });

  test("replacing leaves nothing of the value before", async () => {
    await store.commit(P, [{ kind: "create", row: "a", value: { long: "x".repeat(200_000), old: true } }]);
    await store.commit(P, [{ kind: "replace", row: "a", etag: await etagOf(store, "a"), value: { short: 1 } }]);
    expect((await store.get(P, "a"))?.value).toEqual({ short: 1 });
  });

  test("replacing what is not there is a conflict", async () => {
    await create(store, "a");
    const etag = await etagOf(store, "a");
    expect(await store.commit(P, [{ kind: "replace", row: "b", etag, value: {} }])).toBe("conflict");
    expect(await store.get(P, "b")).toBeUndefined();
  });

  test("a transaction is all or nothing", async () => {
    await create(store, "a", "b");
    const stale = await etagOf(store, "b");
    await store.commit(P, [{ kind: "replace", row: "b", etag: stale, value: { v: 2 } }]);
    const result = await store.commit(P, [
      { kind: "create", row: "c", value: {} },
      { kind: "replace", row: "a", etag: await etagOf(store, "a"), value: { v: 2 } },
      { kind: "replace", row: "b", etag: stale, value: { v: 3 } },
    ]);
    expect(result).toBe("conflict");
    expect(await store.get(P, "c")).toBeUndefined();
    expect((await store.get(P, "a"))?.value).toEqual({ row: "a" });
    expect((await store.get(P, "b"))?.value).toEqual({ v: 2 });
  });

  test("of two transactions on the same row, one wins", async () => {
    await create(store, "head");
    const etag = await etagOf(store, "head");
    const results = await Promise.all(
      [1, 2, 3].map((n) =>
        store.commit(P, [
          { kind: "replace", row: "head", etag, value: { n } },
          { kind: "create", row: `audit_${n}`, value: { n } },
        ]),
      ),
    );
    expect(results.sort()).toEqual(["committed", "conflict", "conflict"]);
    expect((await store.list(P, { prefix: "audit_", limit: 10 })).rows).toHaveLength(1);
  });

  test("a hundred rows go into one transaction", async () => {
    const writes = Array.from({ length: 100 }, (_, i) => ({ kind: "create" as const, row: `r${i}`, value: { i } }));
    expect(await store.commit(P, writes)).toBe("committed");
    expect((await store.list(P, { prefix: "r", limit: 1000 })).rows).toHaveLength(100);
  });

  test("a transaction that names a row twice is refused as a whole", async () => {
    const twice = store.commit(P, [
      { kind: "create", row: "a", value: { n: 1 } },
      { kind: "create", row: "a", value: { n: 2 } },
    ]);
    await expect(twice).rejects.toThrow();
    expect(await store.get(P, "a")).toBeUndefined();
  });

  test("a list holds the rows with the prefix, in the order of their keys", async () => {
    await create(store, "audit_2", "change_1", "audit_1", "auditor", "audit_10", "b");
    const { rows, next } = await store.list(P, { prefix: "audit_", limit: 10 });
    expect(rows.map(({ row }) => row)).toEqual(["audit_1", "audit_10", "audit_2"]);
    expect(rows.map(({ value }) => value)).toEqual([{ row: "audit_1" }, { row: "audit_10" }, { row: "audit_2" }]);
    expect(next).toBeUndefined();
    expect(rows[0]?.etag).toBe(await etagOf(store, "audit_1"));
  });

  test("a long list comes in pages that together hold every row once", async () => {
    const names = Array.from({ length: 7 }, (_, i) => `r_${i}`);
    await create(store, ...names);
    const seen: string[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await store.list(P, { prefix: "r_", limit: 3, ...(after ? { after } : {}) });
      expect(page.rows.length).toBeLessThanOrEqual(3);
      seen.push(...page.rows.map(({ row }) => row));
      after = page.next;
      pages++;
    } while (after);
    expect(seen).toEqual(names);
    expect(pages).toBe(3);
  });

  test("a page can begin after a row that has been deleted", async () => {
    await create(store, "r_1", "r_2", "r_3");
    await store.remove(P, "r_2", await etagOf(store, "r_2"));
    const { rows } = await store.list(P, { prefix: "r_", after: "r_2", limit: 10 });
    expect(rows.map(({ row }) => row)).toEqual(["r_3"]);
  });

  test("a place to begin from elsewhere shows no rows outside the prefix", async () => {
    await create(store, "audit_1", "head", "lane_1");
    const { rows } = await store.list(P, { prefix: "lane_", after: "audit_0", limit: 10 });
    expect(rows.map(({ row }) => row)).toEqual(["lane_1"]);
  });

  test("another tenant's rows are in no list", async () => {
    await store.commit("tenant_2", [{ kind: "create", row: "change_1", value: {} }]);
    expect((await store.list(P, { prefix: "change_", limit: 10 })).rows).toEqual([]);
  });

  test("a quote in a key is a letter like any other", async () => {
    await create(store, "name_o'hara");
    expect((await store.list(P, { prefix: "name_o'", limit: 10 })).rows.map(({ row }) => row)).toEqual(["name_o'hara"]);
    expect((await store.get(P, "name_o'hara"))?.value).toEqual({ row: "name_o'hara" });
  });

  test("a row is deleted only as it was read; deleting it twice is fine", async () => {
    await create(store, "a");
    const old = await etagOf(store, "a");
    await store.commit(P, [{ kind: "replace", row: "a", etag: old, value: { v: 2 } }]);
    expect(await store.remove(P, "a", old)).toBe("conflict");
    expect((await store.get(P, "a"))?.value).toEqual({ v: 2 });
    const present = await etagOf(store, "a");
    expect(await store.remove(P, "a", present)).toBe("removed");
    expect(await store.get(P, "a")).toBeUndefined();
    expect(await store.remove(P, "a", present)).toBe("removed");
  });

  test("a row that only a newer version may read is refused as such, alone and in a list", async () => {
    await create(store, "r_1", "r_3");
    await writeNewer("r_2");
    await expect(store.get(P, "r_2")).rejects.toThrow(NewerVersionError);
    await expect(store.list(P, { prefix: "r_", limit: 10 })).rejects.toThrow(NewerVersionError);
  });

  test("a list that can do without such rows names them and goes on, page by page", async () => {
    await create(store, "r_1", "r_4", "r_5");
    await writeNewer("r_2");
    await writeNewer("r_3");
    const seen: string[] = [];
    const newer: string[] = [];
    let after: string | undefined;
    do {
      const ask = { prefix: "r_", limit: 2, onNewer: (row: string) => void newer.push(row) };
      const page = await store.list(P, { ...ask, ...(after ? { after } : {}) });
      seen.push(...page.rows.map(({ row }) => row));
      after = page.next;
    } while (after);
    expect({ seen, newer }).toEqual({ seen: ["r_1", "r_4", "r_5"], newer: ["r_2", "r_3"] });
  });

  test("such a row is not made anew over what is there", async () => {
    await writeNewer("a");
    expect(await store.commit(P, [{ kind: "create", row: "a", value: {} }])).toBe("conflict");
  });
});

describe("Table Storage alone", () => {
  test("keeps a value of several hundred thousand characters, emoji included", async () => {
    const store = tableStateStore(await freshTable());
    const value = { text: " 🧾".repeat(130_000) };
    expect(await store.commit(P, [{ kind: "create", row: "large", value }])).toBe("committed");
    expect((await store.get(P, "large"))?.value).toEqual(value);
  });

  test("refuses what the real service cannot hold, before anything is sent", async () => {
    const store = tableStateStore(await freshTable());
    const tooLarge = store.commit(P, [{ kind: "create", row: "a", value: { text: "x".repeat(2 ** 19) } }]);
    await expect(tooLarge).rejects.toMatchObject({ code: "rowTooLarge" });
    for (const key of ["a/b", "a\\b", "a#b", "a?b", ""]) {
      await expect(store.get(P, key)).rejects.toMatchObject({ code: "rowKeyInvalid" });
      const write = store.commit(P, [{ kind: "create", row: key, value: {} }]);
      await expect(write).rejects.toMatchObject({ code: "rowKeyInvalid" });
    }
  });

  test("lists more rows than the service gives in one answer", async () => {
    const store = tableStateStore(await freshTable());
    for (let batch = 0; batch < 11; batch++) {
      const rows = Array.from({ length: 100 }, (_, i) => `r_${String(batch * 100 + i).padStart(4, "0")}`);
      await store.commit(
        P,
        rows.map((row) => ({ kind: "create" as const, row, value: {} })),
      );
    }
    const { rows, next } = await store.list(P, { prefix: "r_", limit: 1050 });
    expect([rows.length, next]).toEqual([1050, "r_1049"]);
  });

  test("says that the table is missing, instead of calling it an empty one or a lost race", async () => {
    const store = tableStateStore(tableClient("missing"));
    await expect(store.get(P, "a")).rejects.toThrow();
    await expect(store.commit(P, [{ kind: "create", row: "a", value: {} }])).rejects.toThrow();
    await expect(store.remove(P, "a", "*")).rejects.toThrow();
  });
});
