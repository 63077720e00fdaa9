import path from "node:path";
import { TableClient } from "@azure/data-tables";
import { readQueueDefinitions } from "../../local/service-bus/queue-definitions";
import { startServiceBus } from "../../local/service-bus/start-service-bus";
import { startTables } from "../../local/tables/start-tables";
import type { VirtualClock } from "../../local/virtual-clock";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import type { ChangeList } from "../../shared/domain/changes/change-list";
import type { WorkIndex } from "../../shared/domain/decisions/work-index";
import type { SnapshotStore } from "../../shared/domain/subscriptions/snapshot-store";
import { changeListTable } from "../../shared/storage/change-list-table";
import { snapshotTable } from "../../shared/storage/snapshot-table";
import { tableStateStore } from "../../shared/storage/table-state-store";
import { tableWorkIndex } from "../../shared/storage/table-work-index";
import { memoryChangeList } from "../fakes/memory-change-list";
import { memoryStateStore } from "../fakes/memory-state-store";
import { memoryWorkIndex, type MemoryWorkTable } from "../fakes/memory-work-index";
import { createMemoryBroker } from "./memory-broker";
import type { Random } from "./random";
import { RUN_QUEUES, type QueueClient, type RunQueue, type RunQueueName } from "./run-queue";
import { createSocketBroker } from "./socket-broker";

/** What one server process is connected to. */
export interface Connected {
  store: StateStore;
  work: WorkIndex;
  snapshots: SnapshotStore;
  changeList: ShownChanges;
  queues: Record<RunQueueName, QueueClient>;
}

/** What of the list of changes across tenants has a part in the runs: to fill it, and to look at it in the end. */
type ShownChanges = Pick<ChangeList, "put" | "list">;

/** Where the state and the messages of a run lie: what outlives every process. */
export interface Platform {
  connect(): Connected;
  queues: Record<RunQueueName, RunQueue>;
  /** How often it is swept; over sockets less often, for each sweep asks sixteen shards. */
  sweepEveryMs: number;
  /** For whoever looks on. */
  store: StateStore;
  work: WorkIndex;
  changeList: ShownChanges;
  close(): Promise<void>;
}

export interface PlatformOptions {
  clock: VirtualClock;
  random: Random;
}

const MINUTE = 60_000;

const NO_SNAPSHOTS: SnapshotStore = { putAll: () => Promise.resolve(), find: () => Promise.resolve(undefined) };

/** Tables and queue in memory; messages may overtake each other. */
export function openMemoryPlatform({ clock, random }: PlatformOptions): Platform {
  const store = memoryStateStore();
  const rows: MemoryWorkTable = new Map();
  const newWorkIndex = (): WorkIndex => memoryWorkIndex(() => clock.now(), rows);
  const changeList = memoryChangeList();
  const isOrdered = random.chance(0.5);
  const queues = eachQueue(() => createMemoryBroker({ clock, random, isOrdered }));
  return {
    ...{ queues, store, work: newWorkIndex(), changeList, sweepEveryMs: 3 * MINUTE },
    connect: () => ({
      ...{ store, work: newWorkIndex(), snapshots: NO_SNAPSHOTS, changeList },
      queues: eachQueue((name) => queues[name].connect()),
    }),
    close: () => closeAll(queues),
  };
}

/** Azurite and the broker, started once for many runs. */
export interface Sockets {
  open(options: PlatformOptions): Promise<Platform>;
  close(): Promise<void>;
}

/** Seen from where this file is built to. */
const QUEUES = path.resolve(__dirname, "../../../infra/queues.json");

export async function startSockets(clock: VirtualClock): Promise<Sockets> {
  const tables = await startTables();
  const bus = await startServiceBus({ queues: readQueueDefinitions(QUEUES), clock });
  let opened = 0;

  const freshTable = async (name: string): Promise<TableClient> => {
    const insecure = { allowInsecureConnection: true };
    const table = TableClient.fromConnectionString(tables.connectionString, `${name}${opened}`, insecure);
    await table.createTable();
    return table;
  };

  return {
    async open({ random }) {
      opened++;
      await bus.reset();
      const [state, work] = [await freshTable("state"), await freshTable("work")];
      const directory = await freshTable("directory");
      const changeList = changeListTable(directory);
      const newWorkIndex = (): WorkIndex => tableWorkIndex(work, () => clock.now());
      const queues = eachQueue((name) => createSocketBroker(bus, random, name));
      return {
        ...{ queues, store: tableStateStore(state), work: newWorkIndex(), changeList, sweepEveryMs: 15 * MINUTE },
        connect: () => ({
          ...{ store: tableStateStore(state), work: newWorkIndex(), snapshots: snapshotTable(state), changeList },
          queues: eachQueue((name) => queues[name].connect()),
        }),
        close: async () => {
          await closeAll(queues);
          await Promise.all([state, work, directory].map((table) => table.deleteTable()));
        },
      };
    },
    close: async () => {
      await bus.close();
      await tables.close();
    },
  };
}

function eachQueue<T>(make: (name: RunQueueName) => T): Record<RunQueueName, T> {
  const [changes, directory, sync] = RUN_QUEUES;
  return { changes: make(changes), directory: make(directory), sync: make(sync) };
}

async function closeAll(queues: Record<RunQueueName, RunQueue>): Promise<void> {
  await Promise.all(Object.values(queues).map((queue) => queue.close()));
}
