import { verifyAuditChain } from "../../../../shared/domain/audit/verify-audit-chain";
import { readWriteMode } from "../../../../shared/domain/changes/write-mode";
import { tenantPartition } from "../../../../shared/domain/decisions/head";
import { readRecovery } from "../../../../shared/domain/recovery/recovery-state";
import { endRestore, restoreBackup, type RestoreDeps } from "../../../../shared/domain/recovery/restore-backup";
import { takeBackup } from "../../../../shared/domain/recovery/take-backup";
import { HOUR, TENANT } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";
import { memoryBackups, memoryRawTable } from "../../../fakes/memory-backups";

const PARTITION = tenantPartition(TENANT);
const SOFTWARE = { version: "1.2.3", rowSchema: 1 };

/** A backup of one world, with two changes, and another, empty one to restore it into. */
async function setup() {
  const old = ledgerWorld();
  await old.submit();
  await old.submit();
  const backups = memoryBackups();
  const rows = memoryRawTable(old.store, () => ["msp", PARTITION]);
  const clock = (): Date => old.clock.now();
  const manifest = await takeBackup({
    ...{ store: old.store, rows, backups, clock, log: old.log },
    software: SOFTWARE,
  });
  const world = ledgerWorld();
  await world.clock.advance(HOUR);
  const lines: string[] = [];
  const process = world.startProcess();
  const held = (): string[] => ["msp", PARTITION].filter((partition) => world.store.dump(partition).size > 0);
  const deps: RestoreDeps = {
    ...{ ...process, backups, rows: memoryRawTable(world.store, held), software: SOFTWARE },
    say: (line) => void lines.push(line),
  };
  return { old, world, backups, deps, name: manifest.name, manifest };
}
type Setup = Awaited<ReturnType<typeof setup>>;

const valuesOf = ({ store }: Setup["world"]): [string, unknown][] =>
  [...store.dump(PARTITION).values()].map(({ row, value }): [string, unknown] => [row, value]).sort();

test("every row is back, writes are off, and the end is in the audit log", async () => {
  const { old, world, deps, name } = await setup();
  const manifest = await restoreBackup(deps, name);
  expect(valuesOf(world)).toEqual(valuesOf(old));
  expect(await readWriteMode(world.store, "on")).toBe("off");
  expect(await readRecovery(world.store)).toMatchObject({ backup: name, state: "restoring" });
  await endRestore(deps, manifest);
  await endRestore(deps, manifest);
  expect(await readRecovery(world.store)).toMatchObject({ state: "reconciling", takenAt: manifest.startedAt });
  const actions = [...world.store.dump("msp").values()].map(({ value }) => (value as { action?: string }).action);
  expect(actions.filter((action) => action === "recovery.restore")).toHaveLength(1);
  expect((await verifyAuditChain(world.store, "msp")).breaks).toEqual([]);
  const work: string[] = [];
  for await (const { partition } of world.work.entries()) work.push(partition);
  expect(work).toEqual([PARTITION]);
});

test("writes are off before anything else is there, whatever was in the backup", async () => {
  const { world, deps, name } = await setup();
  const rows: RestoreDeps["rows"] = { ...deps.rows, create: () => Promise.reject(new Error("killed")) };
  await expect(restoreBackup({ ...deps, rows }, name)).rejects.toThrow("killed");
  expect([...world.store.dump("msp").keys()].sort()).toEqual(["setting_recovery", "setting_writeMode"]);
  expect(await readWriteMode(world.store, "on")).toBe("off");
});

test.each([1, 2, 3])("killed after %i pieces it is taken up again, and the result is the same", async (pieces) => {
  const { old, world, deps, name } = await setup();
  let left = pieces;
  const rows: RestoreDeps["rows"] = {
    ...deps.rows,
    create: (...ask) => (left-- > 0 ? deps.rows.create(...ask) : Promise.reject(new Error("killed"))),
  };
  await expect(restoreBackup({ ...deps, rows }, name)).rejects.toThrow("killed");
  const restoredAt = (await readRecovery(world.store))?.restoredAt;
  await world.clock.advance(HOUR);
  await restoreBackup(deps, name);
  expect(valuesOf(world)).toEqual(valuesOf(old));
  expect((await readRecovery(world.store))?.restoredAt).toBe(restoredAt);
});

test("a table that holds rows is not touched, nor one that was restored already", async () => {
  const { world, deps, name } = await setup();
  world.store.forge(PARTITION, "head", { seq: 1, auditHash: "" });
  await expect(restoreBackup(deps, name)).rejects.toMatchObject({ code: "stateNotEmpty" });
  expect(world.store.dump("msp").size).toBe(0);
  world.store.destroy(PARTITION, "head");
  await endRestore(deps, await restoreBackup(deps, name));
  await expect(restoreBackup(deps, name)).rejects.toMatchObject({ code: "stateNotEmpty" });
});

test.each<[string, (lines: string[]) => string[] | undefined]>([
  ["a row is missing", (lines) => lines.slice(1)],
  ["a row was edited", ([first = "", ...rest]) => [first.replace(/.$/, " }"), ...rest]],
  ["it is not there", () => undefined],
])("a damaged backup restores nothing: %s", async (_name, damage) => {
  const { world, backups, deps, name, manifest } = await setup();
  const blob = manifest.partitions[1]?.blob ?? "";
  const lines = damage(backups.blobs.get(blob) ?? []);
  if (lines) backups.blobs.set(blob, lines);
  else backups.blobs.delete(blob);
  await expect(restoreBackup(deps, name)).rejects.toMatchObject({ code: "backupDamaged" });
  expect([world.store.dump("msp").size, world.store.dump(PARTITION).size]).toEqual([0, 0]);
});

test("a backup of newer software is refused, and one that there is not", async () => {
  const { deps, name } = await setup();
  const older = { ...deps, software: { version: "1.0.0", rowSchema: 0 } };
  await expect(restoreBackup(older, name)).rejects.toMatchObject({ code: "backupTooNew" });
  await expect(restoreBackup(deps, "none")).rejects.toMatchObject({ code: "backupNotFound" });
});
