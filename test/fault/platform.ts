import path from "node:path";
import { TableClient } from "@azure/data-tables";
import { readQueueDefinitions } from "../../local/service-bus/queue-definitions";
import { startServiceBus } from "../../local/service-bus/start-service-bus";
import { startTables } from "../../local/tables/start-tables";
import type { VirtualClock } from "../../local/virtual-clock";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import type { WorkIndex } from "../../shared/domain/decisions/work-index";
import type { SnapshotStore } from "../../shared/domain/subscriptions/snapshot-store";
import { snapshotTable } from "../../shared/storage/snapshot-table";
import { tableStateStore } from "../../shared/storage/table-state-store";
import { tableWorkIndex } from "../../shared/storage/table-work-index";
import { memoryStateStore } from "../fakes/memory-state-store";
import { memoryWorkIndex, type MemoryWorkTable } from "../fakes/memory-work-index";
import { createMemoryBroker } from "./memory-broker";
import type { Random } from "./random";
import type { QueueClient, RunQueue } from "./run-queue";
import { createSocketBroker } from "./socket-broker";

/** What one server process is connected to. */
export interface Connected {
  store: StateStore;
  work: WorkIndex;
  snapshots: SnapshotStore;
  queue: QueueClient;
}

/** Where the state and the messages of a run lie: what outlives every process. */
export interface Platform {
  connect(): Connected;
  queue: RunQueue;
  /** How often it is swept; over sockets less often, for each sweep asks sixteen shards. */
  sweepEveryMs: number;
  /** For whoever looks on. */
  store: StateStore;
  work: WorkIndex;
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
  const queue = createMemoryBroker({ clock, random, isOrdered: random.chance(0.5) });
  return {
    ...{ queue, store, work: newWorkIndex(), sweepEveryMs: 3 * MINUTE, close: () => queue.close() },
    connect: () => ({ store, work: newWorkIndex(), snapshots: NO_SNAPSHOTS, queue: queue.connect() }),
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
      const newWorkIndex = (): WorkIndex => tableWorkIndex(work, () => clock.now());
      const queue = createSocketBroker(bus, random);
      return {
        ...{ queue, store: tableStateStore(state), work: newWorkIndex(), sweepEveryMs: 15 * MINUTE },
        connect: () => ({
          ...{ store: tableStateStore(state), work: newWorkIndex(), snapshots: snapshotTable(state) },
          queue: queue.connect(),
        }),
        close: async () => {
          await queue.close();
          await Promise.all([state.deleteTable(), work.deleteTable()]);
        },
      };
    },
    close: async () => {
      await bus.close();
      await tables.close();
    },
  };
}
