import { TableClient, TableServiceClient, TableTransaction } from "@azure/data-tables";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { PortInUseError } from "../../../local/stand-in";
import type { Tables } from "../../../local/tables/start-tables";
import { startTables } from "../../../local/tables/start-tables";

interface Seats {
  partitionKey: string;
  rowKey: string;
  seats?: number;
  note?: string;
}

let tables: Tables;
let table: TableClient;

beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.close());

beforeEach(async () => {
  await tables.reset();
  table = TableClient.fromConnectionString(tables.connectionString, "seats", {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
  await table.createTable();
});

const row = (rowKey: string, more: Partial<Seats> = {}): Seats => ({ partitionKey: "contoso", rowKey, ...more });

async function names(): Promise<string[]> {
  const found: string[] = [];
  const service = TableServiceClient.fromConnectionString(tables.connectionString, { allowInsecureConnection: true });
  for await (const { name } of service.listTables()) found.push(name ?? "");
  return found;
}

async function rowKeys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { rowKey } of table.listEntities<Seats>()) found.push(rowKey);
  return found;
}

describe("rows", () => {
  test("what is created can be read with its types, changed and deleted", async () => {
    const values = { flag: true, ratio: 1.5, big: 2n ** 60n, at: new Date(0), bytes: new Uint8Array([1, 2]) };
    await table.createEntity({ ...row("a", { seats: 25, note: "Zürich" }), ...values });
    expect(await table.getEntity("contoso", "a")).toMatchObject({ seats: 25, note: "Zürich", flag: true, ratio: 1.5 });
    const raw = await table.getEntity<typeof values>("contoso", "a");
    expect([raw.big, raw.at, [...raw.bytes]]).toEqual([2n ** 60n, new Date(0), [1, 2]]);

    await table.updateEntity(row("a", { seats: 30 }), "Replace");
    const replaced = await table.getEntity<Seats>("contoso", "a");
    expect([replaced.seats, replaced.note]).toEqual([30, undefined]);

    await table.deleteEntity("contoso", "a");
    await expect(table.getEntity("contoso", "a")).rejects.toMatchObject({ statusCode: 404 });
  });

  test("a row that exists cannot be created again", async () => {
    await table.createEntity(row("a", { seats: 25 }));
    await expect(table.createEntity(row("a", { seats: 1 }))).rejects.toMatchObject({
      statusCode: 409,
      details: { odataError: { code: "EntityAlreadyExists" } },
    });
    expect(await table.getEntity("contoso", "a")).toMatchObject({ seats: 25 });
  });

  test("a change or delete with an outdated etag is refused", async () => {
    const { etag } = await table.createEntity(row("a", { seats: 25 }));
    await table.updateEntity(row("a", { seats: 30 }), "Replace", { etag: etag! });
    const stale = { statusCode: 412, details: { odataError: { code: "UpdateConditionNotSatisfied" } } };
    await expect(table.updateEntity(row("a", { seats: 35 }), "Replace", { etag: etag! })).rejects.toMatchObject(stale);
    await expect(table.deleteEntity("contoso", "a", { etag: etag! })).rejects.toMatchObject(stale);
    expect(await table.getEntity("contoso", "a")).toMatchObject({ seats: 30 });
  });

  test("a missing row and a missing table have different errors", async () => {
    const missing = (code: string): object => ({ statusCode: 404, details: { odataError: { code } } });
    await expect(table.getEntity("contoso", "none")).rejects.toMatchObject(missing("ResourceNotFound"));
    await expect(table.updateEntity(row("none"), "Merge")).rejects.toMatchObject(missing("ResourceNotFound"));
    await table.deleteTable();
    await expect(table.getEntity("contoso", "a")).rejects.toMatchObject(missing("TableNotFound"));
  });

  test.each(["a/b", "a\\b", "a#b", "a?b", "a\tb", "a\u007fb", "k".repeat(1025)])(
    "a row key with forbidden characters or over 1 KiB is refused (%#)",
    async (rowKey) => {
      await expect(table.createEntity(row(rowKey))).rejects.toMatchObject({ statusCode: 400 });
      expect(await rowKeys()).toEqual([]);
    },
  );

  test("a text over 64 KiB is refused", async () => {
    const long = table.createEntity(row("a", { note: "x".repeat(33_000) }));
    await expect(long).rejects.toMatchObject({ statusCode: 400 });
    expect(await rowKeys()).toEqual([]);
  });
});

describe("transactions", () => {
  test("all rows of a transaction are saved together, and their etags returned", async () => {
    const { etag } = await table.createEntity(row("a", { seats: 1 }));
    const transaction = new TableTransaction();
    transaction.createEntity(row("b", { seats: 2 }));
    transaction.updateEntity(row("a", { seats: 3 }), "Replace", { etag: etag! });
    const done = await table.submitTransaction(transaction.actions);
    expect(done.subResponses.map(({ status }) => status)).toEqual([204, 204]);
    const saved = await table.getEntity("contoso", "a");
    expect([saved["seats"], saved.etag]).toEqual([3, done.subResponses[1]?.etag]);
  });

  test.each([
    ["an outdated etag", 412],
    ["a row that exists already", 409],
  ])("nothing of a transaction stays when one row has %s", async (_reason, statusCode) => {
    const { etag } = await table.createEntity(row("a", { seats: 1 }));
    await table.updateEntity(row("a", { seats: 2 }), "Replace");
    const transaction = new TableTransaction();
    transaction.createEntity(row("b"));
    if (statusCode === 412) transaction.updateEntity(row("a", { seats: 9 }), "Replace", { etag: etag! });
    else transaction.createEntity(row("a", { seats: 9 }));
    await expect(table.submitTransaction(transaction.actions)).rejects.toMatchObject({ statusCode });
    expect(await rowKeys()).toEqual(["a"]);
    expect(await table.getEntity("contoso", "a")).toMatchObject({ seats: 2 });
  });

  test("a transaction takes 100 rows, not 101, and each row once", async () => {
    const submit = (keys: string[]): Promise<unknown> =>
      table.submitTransaction(keys.map((rowKey) => ["create", { ...row(rowKey) }]));
    const keys = Array.from({ length: 101 }, (_, index) => String(index).padStart(3, "0"));
    await expect(submit(keys)).rejects.toMatchObject({ statusCode: 400 });
    await expect(submit(["a", "b", "a"])).rejects.toMatchObject({ statusCode: 400 });
    expect(await rowKeys()).toEqual([]);
    await submit(keys.slice(0, 100));
    expect(await rowKeys()).toEqual(keys.slice(0, 100));
  });
});

describe("lists", () => {
  beforeEach(async () => {
    await table.submitTransaction(["d", "b", "a", "c"].map((rowKey) => ["create", { ...row(rowKey, { seats: 1 }) }]));
    await table.createEntity({ partitionKey: "fabrikam", rowKey: "a", seats: 2 });
  });

  test("pages come in the order of the keys, each with a token for the next", async () => {
    const first = await table.listEntities<Seats>().byPage({ maxPageSize: 3 }).next();
    const page = first.value as Seats[] & { continuationToken?: string };
    expect(page.map(({ rowKey }) => rowKey)).toEqual(["a", "b", "c"]);
    const rest = table.listEntities<Seats>().byPage({ maxPageSize: 3, continuationToken: page.continuationToken! });
    const pages: string[][] = [];
    for await (const next of rest) pages.push(next.map(({ partitionKey, rowKey }) => `${partitionKey} ${rowKey}`));
    expect(pages).toEqual([["contoso d", "fabrikam a"]]);
  });

  test("a filter finds a range of one partition, and a selection leaves the other properties out", async () => {
    const filter = "PartitionKey eq 'contoso' and RowKey ge 'b' and RowKey lt 'd'";
    const found: object[] = [];
    for await (const one of table.listEntities({ queryOptions: { filter, select: ["rowKey"] } })) found.push(one);
    expect(found.map((one) => Object.keys(one).includes("seats"))).toEqual([false, false]);
    expect(found).toMatchObject([{ rowKey: "b" }, { rowKey: "c" }]);
  });
});

describe("the server", () => {
  test("a reset drops every table", async () => {
    await TableClient.fromConnectionString(tables.connectionString, "other", {
      allowInsecureConnection: true,
    }).createTable();
    expect(await names()).toEqual(["other", "seats"]);
    await tables.reset();
    expect(await names()).toEqual([]);
  });

  test("a wrong account key is refused", async () => {
    const wrong = tables.connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${btoa("wrong")}`);
    const client = TableClient.fromConnectionString(wrong, "seats", { allowInsecureConnection: true });
    await expect(client.getEntity("a", "b")).rejects.toMatchObject({ statusCode: 403 });
  });

  test("two servers hold different data, and one that is closed answers no more", async () => {
    const second = await startTables();
    const client = TableClient.fromConnectionString(second.connectionString, "seats", {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    });
    await expect(client.getEntity("a", "b")).rejects.toMatchObject({ statusCode: 404 });
    await second.close();
    await expect(client.getEntity("a", "b")).rejects.toHaveProperty(
      "code",
      expect.stringMatching(/^ECONN(REFUSED|RESET)$/),
    );
  });

  test("closing cuts a client that keeps its connection open", async () => {
    const second = await startTables();
    const socket = net.connect(second.port, "127.0.0.1");
    await new Promise((connected) => socket.once("connect", connected));
    const cut = new Promise((closed) => socket.once("close", closed));
    await second.close();
    await cut;
    expect(socket.destroyed).toBe(true);
  });

  test("a port in use is named", async () => {
    const taken = net.createServer();
    await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
    const { port } = taken.address() as AddressInfo;
    await expect(startTables({ port })).rejects.toThrow(new PortInUseError("tables", port));
    await new Promise((closed) => taken.close(closed));
  });

  test("loading it leaves the Azure SDKs of this process unpatched", () => {
    expect(Object.keys(require.cache).filter((file) => file.includes("diagnostic-channel-publishers"))).toEqual([]);
    expect(process.env["APPLICATION_INSIGHTS_NO_DIAGNOSTIC_CHANNEL"]).toBeUndefined();
  });
});
