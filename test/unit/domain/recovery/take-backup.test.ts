import { decide } from "../../../../shared/domain/decisions/decide";
import { tenantPartition } from "../../../../shared/domain/decisions/head";
import { findBackup } from "../../../../shared/domain/recovery/find-backup";
import { takeBackup, type BackupDeps } from "../../../../shared/domain/recovery/take-backup";
import { ledgerWorld } from "../../../fakes/ledger-world";
import { memoryBackups, memoryRawTable } from "../../../fakes/memory-backups";
import { HOUR, TENANT } from "../../../build/ids";

const PARTITION = tenantPartition(TENANT);

function setup() {
  const world = ledgerWorld();
  const backups = memoryBackups();
  const rows = memoryRawTable(world.store, () => ["msp", PARTITION]);
  const deps: BackupDeps = {
    ...{ store: world.store, rows, backups, log: world.log },
    clock: () => world.clock.now(),
    software: { version: "1.2.3", rowSchema: 1 },
  };
  const record = (partition: string): Promise<void> =>
    decide(world.startProcess(), partition, (decision) =>
      decision.record({
        action: "test",
        actor: { kind: "automation", id: "test", name: "Test" },
        object: { type: "test", id: "test" },
        result: "success",
      }),
    );
  return { world, backups, deps, record };
}

const written = (backups: ReturnType<typeof memoryBackups>): string[] => [...backups.blobs.keys()];

test("a backup holds every row of every partition, with what it was when it was read", async () => {
  const { world, backups, deps } = setup();
  await world.submit();
  const { name, partitions, notRead } = await takeBackup(deps);
  expect(notRead).toEqual([]);
  expect(partitions.map(({ partition, rows, seq }) => [partition, rows, seq])).toEqual([
    ["msp", 0, 0],
    [PARTITION, world.store.dump(PARTITION).size, 1],
  ]);
  expect(backups.blobs.get(partitions[1]?.blob ?? "")).toHaveLength(world.store.dump(PARTITION).size);
  expect(await findBackup(backups, name)).toMatchObject({ name, software: { version: "1.2.3", rowSchema: 1 } });
});

test("what has not changed is not written again, for a day; then it is", async () => {
  const { world, deps, record } = setup();
  await world.submit();
  await takeBackup(deps);
  await world.clock.advance(HOUR);
  await record("msp");
  const second = await takeBackup(deps);
  expect(second.partitions.map(({ blob }) => blob.includes(second.name))).toEqual([true, false]);
  expect(second.partitions.every(({ readAt }) => readAt === world.clock.now().toISOString())).toBe(true);
  await world.clock.advance(23 * HOUR);
  const third = await takeBackup(deps);
  expect(third.partitions.map(({ blob }) => blob.includes(third.name))).toEqual([false, true]);
});

test("a row that changed outside of decisions is a change too", async () => {
  const { world, backups, deps } = setup();
  await world.submit();
  await takeBackup(deps);
  world.store.forge(PARTITION, "sub_1", { quantity: 7 });
  await world.clock.advance(HOUR);
  const { name, partitions } = await takeBackup(deps);
  expect(partitions[1]?.blob).toContain(name);
  expect(written(backups)).toHaveLength(3);
});

test("a partition in which something is decided meanwhile is read again, until it is as it was at one moment", async () => {
  const { world, backups, deps, record } = setup();
  await world.submit();
  let disturbed = 0;
  const rows: BackupDeps["rows"] = {
    ...deps.rows,
    async *rows(partition) {
      for await (const row of deps.rows.rows(partition)) {
        if (partition === PARTITION && row.row === "head" && disturbed++ < 2) await record(PARTITION);
        yield row;
      }
    },
  };
  const { partitions } = await takeBackup({ ...deps, rows });
  expect(disturbed).toBe(3);
  const lines = backups.blobs.get(partitions[1]?.blob ?? "") ?? [];
  expect([partitions[1]?.seq, lines.filter((line) => line.includes('"row":"audit_')).length]).toEqual([3, 3]);
});

test("one that never comes to rest is reported and stands as it was before; the rest goes on", async () => {
  const { world, backups, deps, record } = setup();
  await world.submit();
  const first = await takeBackup(deps);
  await world.clock.advance(HOUR);
  await record("msp");
  const restless: BackupDeps["rows"] = {
    ...deps.rows,
    async *rows(partition) {
      yield* deps.rows.rows(partition);
      if (partition === PARTITION) await record(PARTITION);
    },
  };
  const second = await takeBackup({ ...deps, rows: restless });
  expect(second.notRead).toEqual([{ partition: PARTITION, because: expect.stringContaining("5 reads") as string }]);
  expect(second.partitions[1]).toEqual(first.partitions[1]);
  expect(second.partitions[0]?.seq).toBe(1);
  expect(world.log.lines).toContainEqual({ level: "error", message: "a partition could not be backed up" });
  expect(written(backups)).toHaveLength(3);
});

test("without its manifest a backup does not exist, and the next one refers to nothing in it", async () => {
  const { world, backups, deps } = setup();
  await world.submit();
  const noManifest = { ...backups, writeManifest: () => Promise.reject(new Error("away")) };
  await expect(takeBackup({ ...deps, backups: noManifest })).rejects.toThrow("away");
  expect(await backups.names()).toEqual([]);
  await world.clock.advance(HOUR);
  const { name, partitions } = await takeBackup(deps);
  expect(partitions.every(({ blob }) => blob.includes(name))).toBe(true);
});

test("a manifest that cannot be read makes the next backup larger, not impossible", async () => {
  const { world, backups, deps } = setup();
  await world.submit();
  backups.manifests.set("9999", "{}");
  const { name, partitions } = await takeBackup(deps);
  expect(partitions.every(({ blob }) => blob.includes(name))).toBe(true);
  await expect(findBackup(backups, "9999")).rejects.toMatchObject({ code: "backupUnreadable" });
  await expect(findBackup(backups, "0000")).rejects.toMatchObject({ code: "backupNotFound" });
});
