import type { Simulator } from "../../local/partner-center-simulator/start-simulator";
import type { Clock } from "../../shared/domain/access/clock";
import type { ApplyDeps } from "../../shared/domain/changes/apply-change";
import { DEFAULT_LEDGER_SETTINGS } from "../../shared/domain/changes/ledger-settings";
import type { SubmitDeps } from "../../shared/domain/changes/submit-changes";
import type { SweepDeps } from "../../shared/domain/changes/sweep-work";
import { WRITE_MODE_ROW, WriteModeSetting } from "../../shared/domain/changes/write-mode";
import { MSP_PARTITION } from "../../shared/domain/decisions/head";
import { dispatchOutbox } from "../../shared/domain/decisions/outbox";
import type { RowWrite, StateStore } from "../../shared/domain/decisions/state-store";
import type { WorkIndex } from "../../shared/domain/decisions/work-index";
import { noteResellerTrouble } from "../../shared/domain/resellers/note-reseller-trouble";
import { identityOf, Reseller, resellerRow } from "../../shared/domain/resellers/reseller";
import type { Logger } from "../../shared/logger";
import { createPartnerCenter, type PartnerCenter } from "../../shared/partner-center/partner-center";
import { createSubscriptionWriter } from "../../shared/partner-center/subscription-writer";
import type { Transport } from "../../shared/partner-center/transport";
import type { Time } from "../../shared/retry";
import { COMMITS, type FaultKind, type Step } from "./fault-kinds";
import type { FaultyQueue } from "./faulty-queue";
import { accessToken, rulesFor } from "./microsoft";
import type { Random } from "./random";
import type { Scheduler, ServerProcess } from "./scheduler";

/** What outlives every process: the tables, the queue, Microsoft. */
export interface Installation {
  store: StateStore;
  work: WorkIndex;
  queue: FaultyQueue;
  simulator: Simulator;
  scheduler: Scheduler;
  random: Random;
  clock: Clock;
}

export type ServerDeps = ApplyDeps & SweepDeps & SubmitDeps;

/**
 * A freshly started server, as `functions/create-worker.ts` composes it: its own gates and caches in memory, and every
 * call that leaves it handed to the scheduler.
 */
export function startServer(installation: Installation, process: ServerProcess): ServerDeps {
  const { scheduler, queue, random, clock } = installation;
  const store = scheduledStore(installation, process);
  const work = scheduledWork(installation, process);
  const partnerCenter = connectPartnerCenter(installation, process);
  const send: SweepDeps["send"] = (message) => scheduler.call(process, "send", (fault) => queue.send(message, fault));
  const base = {
    ...{ store, work, send, clock, log: QUIET, random: (size: number) => random.bytes(size) },
    dispatch: ((partition, messages) =>
      dispatchOutbox({ store, send, log: QUIET }, partition, messages)) satisfies ApplyDeps["dispatch"],
    touchWork: (partition: string) => work.touch(partition),
  };
  return {
    ...base,
    subscriptions: partnerCenter.subscriptions,
    offers: partnerCenter.offers,
    history: partnerCenter.history,
    writer: createSubscriptionWriter(partnerCenter.connection),
    settings: DEFAULT_LEDGER_SETTINGS,
    newGuid: () => random.guid(),
    snapshots: {
      putAll: () => scheduler.call(process, "store snapshots", () => Promise.resolve()),
      find: () => Promise.resolve(undefined),
    },
    writeMode: async () => {
      const row = await store.get(MSP_PARTITION, WRITE_MODE_ROW);
      return row ? WriteModeSetting.parse(row.value).mode : "on";
    },
    resellerIdentity: async (id) => {
      const row = await store.get(MSP_PARTITION, resellerRow(id));
      const reseller = row && Reseller.parse(row.value);
      return reseller?.state === "Authorized" ? identityOf(reseller) : undefined;
    },
    noteResellerTrouble: (id, state) => noteResellerTrouble(base, id, state),
  };
}

function scheduledStore({ store, scheduler }: Installation, process: ServerProcess): StateStore {
  const call = <T>(step: Step, run: () => Promise<T>): Promise<T> =>
    scheduler.call(process, step, (fault) => (fault === "error" ? failing("The table answers 500.") : run()));
  return {
    get: (partition, row) => call("get row", () => store.get(partition, row)),
    list: (partition, ask) => call("list rows", () => store.list(partition, ask)),
    remove: (partition, row, etag) => call("remove row", () => store.remove(partition, row, etag)),
    commit: (partition, writes) =>
      scheduler.call(process, commitStep(writes), (fault) => commitWith(fault, () => store.commit(partition, writes))),
  };
}

async function commitWith(
  fault: FaultKind | undefined,
  commit: () => ReturnType<StateStore["commit"]>,
): ReturnType<StateStore["commit"]> {
  if (fault === "error") return failing("The table answers 500.");
  if (fault === "conflict") return "conflict";
  const result = await commit();
  if (fault === "errorAfter") return failing("The table's answer was lost.");
  // The client repeated the write whose answer was lost, and met its own work.
  return fault === "conflictAfter" ? "conflict" : result;
}

function commitStep(writes: readonly RowWrite[]): Step {
  const audit = writes.find(({ row }) => row.startsWith("audit_"))?.value as { action?: unknown } | undefined;
  const action = COMMITS.find((known) => known === audit?.action);
  return action ? `commit ${action}` : "commit other";
}

function scheduledWork({ work, scheduler }: Installation, process: ServerProcess): WorkIndex {
  const touch = (partition: string): Promise<void> =>
    scheduler.call(process, "touch work", (fault) =>
      fault === "error" ? failing("The table answers 500.") : work.touch(partition),
    );
  return {
    touch,
    remove: (entry) => scheduler.call(process, "remove row", () => work.remove(entry)),
    async *entries() {
      const found = await scheduler.call(process, "list work", async (fault) =>
        fault === "error" ? failing<never>("The table answers 500.") : collect(work.entries()),
      );
      yield* found;
    },
  };
}

/** Calls take time, so that no two things happen at Microsoft in the same moment. */
const SLOWEST_WAY_MS = 400;

/** The real adapters over loopback HTTP; only the transport is handed to the scheduler, and time is the run's. */
function connectPartnerCenter(installation: Installation, process: ServerProcess): PartnerCenter {
  const { simulator, scheduler, random, clock } = installation;
  const token = accessToken();
  const time: Time = {
    now: () => clock().getTime(),
    sleep: (ms) => scheduler.sleep(process, ms),
    random: () => random.next(),
  };
  const partnerCenter = createPartnerCenter({
    baseUrl: simulator.url,
    applicationName: "fault-run",
    accessTokens: { get: () => Promise.resolve(token), forget: () => undefined, renew: () => Promise.resolve() },
    ...{ clock, time, logger: QUIET },
  });
  const { connection } = partnerCenter;
  const send = connection.transport;
  const scheduled: Transport = (request) =>
    scheduler.call(process, stepOf(request), async (fault) => {
      const { faults } = simulator.simulation;
      for (const rule of rulesFor(fault, random)) faults.add(rule);
      await simulator.clock.advance(random.between(1, SLOWEST_WAY_MS));
      try {
        return await send(request);
      } finally {
        faults.clear();
        await simulator.clock.advance(random.between(1, SLOWEST_WAY_MS));
      }
    });
  connection.transport = scheduled;
  return partnerCenter;
}

function stepOf({ method, url }: Parameters<Transport>[0]): Step {
  if (method === "PATCH") return "write seats";
  if (url.pathname.endsWith("/auditrecords")) return "read audit records";
  if (url.pathname.endsWith("/orders")) return "read orders";
  return url.pathname.endsWith("/subscriptions") ? "list subscriptions" : "read subscription";
}

function failing<T>(message: string): Promise<T> {
  return Promise.reject(new Error(message));
}

const nothing = (): void => undefined;
const QUIET: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => QUIET };

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
}
