import type { TableClient } from "@azure/data-tables";
import type { WorkEntry, WorkIndex } from "../../../shared/domain/decisions/work-index";
import { tableWorkIndex } from "../../../shared/storage/table-work-index";
import { VirtualClock } from "../../../local/virtual-clock";
import { MINUTE, SECOND, START } from "../../build/ids";
import { memoryWorkIndex, type MemoryWorkTable } from "../../fakes/memory-work-index";
import { freshTable } from "./tables-fixture";

const PARTITION = "tenant_1";

interface Setup {
  clock: VirtualClock;
  /** Another process has a memory of its own; its clock may be wrong by so much. */
  newProcess: (clockErrorMs?: number) => WorkIndex;
  index: WorkIndex;
}

function inMemory(): Promise<Setup> {
  const table: MemoryWorkTable = new Map();
  const clock = new VirtualClock({ start: START, running: false });
  const newProcess = (errorMs = 0) => memoryWorkIndex(() => new Date(clock.nowMs() + errorMs), table);
  return Promise.resolve({ clock, newProcess, index: newProcess() });
}

async function inTableStorage(): Promise<Setup & { table: TableClient }> {
  const table = await freshTable();
  const clock = new VirtualClock({ start: START, running: false });
  const newProcess = (errorMs = 0) => tableWorkIndex(table, () => new Date(clock.nowMs() + errorMs));
  return { table, clock, newProcess, index: newProcess() };
}

const MAKERS: [string, () => Promise<Setup>][] = [
  ["in memory", inMemory],
  ["in Table Storage", inTableStorage],
];

async function all(index: WorkIndex): Promise<WorkEntry[]> {
  const entries: WorkEntry[] = [];
  for await (const entry of index.entries()) entries.push(entry);
  return entries;
}

/** The table partition of every row. */
async function shardsOf(table: TableClient): Promise<string[]> {
  const shards: string[] = [];
  for await (const { partitionKey } of table.listEntities()) shards.push(partitionKey ?? "");
  return shards;
}

/** Counts the writes that reach the table. */
function countWrites(table: TableClient): { writes: number } {
  const counted = { writes: 0 };
  const { createEntity, updateEntity } = table;
  table.createEntity = (...ask) => {
    counted.writes++;
    return createEntity.apply(table, ask);
  };
  table.updateEntity = (...ask) => {
    counted.writes++;
    return updateEntity.apply(table, ask);
  };
  return counted;
}

describe.each(MAKERS)("the work index %s", (_name, setup) => {
  test("a partition that was noted is found by the sweepers, with its moment", async () => {
    const { index } = await setup();
    await index.touch(PARTITION);
    expect(await all(index)).toEqual([{ partition: PARTITION, touchedAt: START, etag: expect.any(String) as string }]);
  });

  test("two processes that note the same partition at once make one row", async () => {
    const { newProcess, index } = await setup();
    await Promise.all([newProcess().touch(PARTITION), newProcess().touch(PARTITION), newProcess().touch(PARTITION)]);
    expect(await all(index)).toHaveLength(1);
  });

  test("an entry that nobody touched since it was read is forgotten", async () => {
    const { index } = await setup();
    await index.touch(PARTITION);
    const [entry] = await all(index);
    await index.remove(entry!);
    expect(await all(index)).toEqual([]);
  });

  test("an entry that another process touched meanwhile stays", async () => {
    const { newProcess, index, clock } = await setup();
    await index.touch(PARTITION);
    const [entry] = await all(index);
    await clock.advance(MINUTE);
    await newProcess().touch(PARTITION);
    await index.remove(entry!);
    expect(await all(index)).toHaveLength(1);
  });

  test("a process that has forgotten a partition notes it again at once", async () => {
    const { index } = await setup();
    await index.touch(PARTITION);
    const [entry] = await all(index);
    await index.remove(entry!);
    await index.touch(PARTITION);
    expect(await all(index)).toHaveLength(1);
  });

  test("forgetting twice is fine", async () => {
    const { index } = await setup();
    await index.touch(PARTITION);
    const [entry] = await all(index);
    await index.remove(entry!);
    await expect(index.remove(entry!)).resolves.toBeUndefined();
  });

  test("a process notes a partition at most once a minute, each process for itself", async () => {
    const { clock, index, newProcess } = await setup();
    await index.touch(PARTITION);
    await clock.advance(59 * SECOND);
    await index.touch(PARTITION);
    expect((await all(index))[0]?.touchedAt).toEqual(START);
    await newProcess().touch(PARTITION);
    expect((await all(index))[0]?.touchedAt).toEqual(clock.now());
    await clock.advance(2 * SECOND);
    await index.touch(PARTITION);
    expect((await all(index))[0]?.touchedAt).toEqual(clock.now());
  });

  test("a clock that was set back does not keep a process from noting", async () => {
    const { newProcess, index, clock } = await setup();
    await index.touch(PARTITION);
    await newProcess(-10 * MINUTE).touch(PARTITION);
    expect((await all(index))[0]?.touchedAt).toEqual(new Date(clock.nowMs() - 10 * MINUTE));
  });
});

describe("Table Storage alone", () => {
  test("many partitions are spread over the shards, and all of them are found", async () => {
    const { index, table } = await inTableStorage();
    const partitions = Array.from({ length: 60 }, (_, i) => `tenant_${i}`);
    await Promise.all(partitions.map((partition) => index.touch(partition)));
    expect((await all(index)).map(({ partition }) => partition).sort()).toEqual([...partitions].sort());
    const shards = await shardsOf(table);
    expect(new Set(shards).size).toBeGreaterThan(8);
    for (const shard of shards) expect(shard).toMatch(/^(0\d|1[0-5])$/);
  });

  test("a process notes a partition at most once a minute", async () => {
    const { table, clock, index } = await inTableStorage();
    const counted = countWrites(table);
    await index.touch(PARTITION);
    await clock.advance(59 * SECOND);
    await index.touch(PARTITION);
    expect(counted.writes).toBe(1);
    await clock.advance(2 * SECOND);
    await index.touch(PARTITION);
    expect((await all(index))[0]?.touchedAt).toEqual(clock.now());
  });

  test("a row that a sweeper takes away while it is being refreshed is there again afterwards", async () => {
    const { table, newProcess, index, clock } = await inTableStorage();
    await index.touch(PARTITION);
    await clock.advance(2 * MINUTE);
    const updateEntity = table.updateEntity.bind(table);
    table.updateEntity = async (...ask) => {
      table.updateEntity = updateEntity;
      const [shard] = await shardsOf(table);
      await table.deleteEntity(shard!, PARTITION);
      return updateEntity(...ask);
    };
    await newProcess().touch(PARTITION);
    expect((await all(index))[0]?.touchedAt).toEqual(clock.now());
  });

  test("a failure to note is told, and the next attempt is made in earnest", async () => {
    const { table, index } = await inTableStorage();
    const createEntity = table.createEntity.bind(table);
    table.createEntity = () => Promise.reject(new Error("the table is down"));
    await expect(index.touch(PARTITION)).rejects.toThrow("the table is down");
    table.createEntity = createEntity;
    await index.touch(PARTITION);
    expect(await all(index)).toHaveLength(1);
  });
});
