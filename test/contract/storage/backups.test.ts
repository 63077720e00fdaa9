import { randomBytes, randomUUID } from "node:crypto";
import type { ContainerClient } from "@azure/storage-blob";
import { BlobServiceClient } from "@azure/storage-blob";
import { startStorage, type Storage } from "../../../local/tables/start-storage";
import type { BackupStore } from "../../../shared/domain/recovery/backup-store";
import { backupBlobs } from "../../../shared/storage/backup-blobs";
import { memoryBackups } from "../../fakes/memory-backups";

let storage: Storage;
beforeAll(async () => {
  storage = await startStorage();
});
afterAll(() => storage.close());

async function freshContainer(): Promise<ContainerClient> {
  const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient(randomUUID());
  await container.create();
  return container;
}

async function inBlobs(): Promise<BackupStore> {
  const container = await freshContainer();
  return backupBlobs(() => Promise.resolve(container));
}

const MAKERS: [string, () => Promise<BackupStore>][] = [
  ["in memory", () => Promise.resolve(memoryBackups())],
  ["in Blob Storage", inBlobs],
];

async function write(backups: BackupStore, blob: string, lines: readonly string[]): Promise<void> {
  const draft = backups.draft(blob);
  for (const line of lines) await draft.add(line);
  await draft.commit();
}

async function read(backups: BackupStore, blob: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of backups.lines(blob)) lines.push(line);
  return lines;
}

describe.each(MAKERS)("backups %s", (_name, make) => {
  let backups: BackupStore;
  beforeEach(async () => {
    backups = await make();
  });

  test("rows come back line by line, as they were", async () => {
    const lines = ['{"row":"a","value":"Grüße 🧾"}', "x".repeat(200_000), "", "last"];
    await write(backups, "partitions/tenant_1/a.ndjson.gz", lines);
    expect(await read(backups, "partitions/tenant_1/a.ndjson.gz")).toEqual(lines);
  });

  test("a partition without rows is a blob without lines", async () => {
    await write(backups, "partitions/empty", []);
    expect(await read(backups, "partitions/empty")).toEqual([]);
  });

  test("a blob is made once: a second one of its name is refused, and the first stays", async () => {
    await write(backups, "partitions/one", ["first"]);
    await expect(write(backups, "partitions/one", ["second"])).rejects.toMatchObject({ code: "backupExists" });
    expect(await read(backups, "partitions/one")).toEqual(["first"]);
  });

  test("what is dropped does not exist, and leaves its name free", async () => {
    const draft = backups.draft("partitions/one");
    await draft.add("never");
    draft.drop();
    await expect(read(backups, "partitions/one")).rejects.toThrow();
    await write(backups, "partitions/one", ["for good"]);
    expect(await read(backups, "partitions/one")).toEqual(["for good"]);
  });

  test("manifests are listed newest first, read whole, and made once", async () => {
    expect([await backups.names(), await backups.readManifest("none")]).toEqual([[], undefined]);
    for (const name of ["2026-01-02", "2026-01-03", "2026-01-01"]) await backups.writeManifest(name, `"${name} ü"`);
    expect(await backups.names()).toEqual(["2026-01-03", "2026-01-02", "2026-01-01"]);
    expect(await backups.readManifest("2026-01-02")).toBe('"2026-01-02 ü"');
    await expect(backups.writeManifest("2026-01-02", "{}")).rejects.toMatchObject({ code: "backupExists" });
    expect(await backups.readManifest("2026-01-02")).toBe('"2026-01-02 ü"');
  });
});

test("a large partition is sent in pieces, and comes back whole", async () => {
  const backups = await inBlobs();
  // Nothing that can be packed: thirteen MiB are four blocks.
  const lines = Array.from({ length: 200 }, () => randomBytes(50_000).toString("base64"));
  await write(backups, "partitions/large", lines);
  expect(await read(backups, "partitions/large")).toEqual(lines);
});

test("a blob that somebody cut off or replaced is noticed while it is read", async () => {
  const container = await freshContainer();
  const backups = backupBlobs(() => Promise.resolve(container));
  await write(backups, "partitions/one", ["a line", "another line"]);
  const blob = container.getBlockBlobClient("partitions/one");
  const packed = await blob.downloadToBuffer();
  await blob.uploadData(packed.subarray(0, packed.length - 6));
  await expect(read(backups, "partitions/one")).rejects.toThrow("unexpected end of file");
  await blob.uploadData(Buffer.from("no gzip"));
  await expect(read(backups, "partitions/one")).rejects.toThrow("incorrect header check");
});
