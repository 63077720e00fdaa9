import type { Simulator } from "../../local/partner-center-simulator/start-simulator";
import type { Clock } from "../../shared/domain/access/clock";
import type { ApplyDeps } from "../../shared/domain/changes/apply-change";
import { DEFAULT_LEDGER_SETTINGS } from "../../shared/domain/changes/ledger-settings";
import type { SubmitDeps } from "../../shared/domain/changes/submit-changes";
import type { SweepDeps } from "../../shared/domain/changes/sweep-work";
import { WRITE_MODE_ROW, WriteModeSetting } from "../../shared/domain/changes/write-mode";
import { MSP_PARTITION } from "../../shared/domain/decisions/head";
import type { ChangeList } from "../../shared/domain/changes/change-list";
import { dispatchOutbox } from "../../shared/domain/decisions/outbox";
import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";
import type { RowWrite, StateStore } from "../../shared/domain/decisions/state-store";
import type { WorkIndex } from "../../shared/domain/decisions/work-index";
import { authorizedIdentity } from "../../shared/domain/resellers/find-reseller";
import { noteResellerTrouble } from "../../shared/domain/resellers/note-reseller-trouble";
import type { Logger } from "../../shared/logger";
import { createSubscriptionWriter } from "../../shared/partner-center/subscription-writer";
import { COMMITS, type FaultKind, type Step } from "./fault-kinds";
import type { FaultPlan } from "./fault-plan";
import { short } from "./names";
import type { Connected, Platform } from "./platform";
import type { Random } from "./random";
import type { QueueClient, RunQueueName } from "./run-queue";
import { schedulePartnerCenter } from "./scheduled-partner-center";
import type { Scheduler, ServerProcess } from "./scheduler";

/** What a run consists of beside its processes. */
export interface Installation {
  platform: Platform;
  simulator: Simulator;
  scheduler: Scheduler;
  random: Random;
  plan: FaultPlan;
  clock: Clock;
  trace: (line: string) => void;
}

export type ServerDeps = ApplyDeps & SweepDeps & SubmitDeps & { changeList: Pick<ChangeList, "put"> };

/**
 * A freshly started server, as `functions/create-worker.ts` composes it: its own gates and caches in memory, and every
 * call that leaves it handed to the scheduler.
 */
export function startServer(installation: Installation, process: ServerProcess, connected: Connected): ServerDeps {
  const { scheduler, random, clock } = installation;
  const store = scheduledStore(connected.store, scheduler, process);
  const work = scheduledWork(connected.work, scheduler, process);
  const partnerCenter = schedulePartnerCenter(installation, process, QUIET);
  const send = scheduledSend(installation, process, connected.queues);
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
    changeList: {
      put: (entry) =>
        scheduler.call(process, "list change", (fault) => showWith(fault, () => connected.changeList.put(entry)), {
          about: short(entry.line.id),
        }),
    },
    snapshots: {
      putAll: (...ask) => scheduler.call(process, "store snapshots", () => connected.snapshots.putAll(...ask)),
      find: (...ask) => connected.snapshots.find(...ask),
    },
    writeMode: async () => {
      const row = await store.get(MSP_PARTITION, WRITE_MODE_ROW);
      return row ? WriteModeSetting.parse(row.value).mode : "on";
    },
    resellerIdentity: (id) => authorizedIdentity(store, id),
    noteResellerTrouble: (reseller, state) => noteResellerTrouble(base, reseller, state),
  };
}

function scheduledStore(store: StateStore, scheduler: Scheduler, process: ServerProcess): StateStore {
  const call = <T>(step: Step, about: string, run: () => Promise<T>, result?: (value: T) => string): Promise<T> =>
    scheduler.call(process, step, (fault) => (fault === "error" ? failing("The table answers 500.") : run()), {
      about,
      ...(result ? { result } : {}),
    });
  return {
    get: (partition, row) => call("get row", short(row), () => store.get(partition, row)),
    list: (partition, ask) => call("list rows", ask.prefix, () => store.list(partition, ask)),
    remove: (partition, row, etag) =>
      call(
        "remove row",
        short(row),
        () => store.remove(partition, row, etag),
        (result) => result,
      ),
    commit: (partition, writes) =>
      scheduler.call(process, commitStep(writes), (fault) => commitWith(fault, () => store.commit(partition, writes)), {
        about: rowsOf(writes),
        result: (result) => result,
      }),
  };
}

/** Every transaction writes the head and audit entries; the others tell what it is about. */
function rowsOf(writes: readonly RowWrite[]): string {
  const names = writes.map(({ row }) => row).filter((row) => row !== "head" && !row.startsWith("audit_"));
  return names.map(short).join(" ");
}

async function showWith(fault: FaultKind | undefined, show: () => Promise<void>): Promise<void> {
  if (fault === "error") return failing("The table answers 500.");
  await show();
  return fault === "errorAfter" ? failing("The table's answer was lost.") : undefined;
}

function scheduledSend(
  { scheduler, random, clock }: Installation,
  process: ServerProcess,
  queues: Record<RunQueueName, QueueClient>,
) {
  const later = (leastMinutes: number, mostMinutes: number): string =>
    new Date(clock().getTime() + random.between(leastMinutes, mostMinutes) * 60_000).toISOString();
  return (message: OutgoingMessage): Promise<void> =>
    scheduler.call(
      process,
      "send",
      async (fault) => {
        if (fault === "error") return failing<undefined>("The broker does not answer.");
        if (message.queue === "tokens") throw new Error("No reseller is tended in these runs.");
        const queue = queues[message.queue];
        const isLate = fault === "delay" && message.notBefore === undefined;
        await queue.send(isLate ? { ...message, notBefore: later(5, 45) } : message);
        // Duplicate detection knows the id; what it misses, such as a redelivery after an hour, has another one here.
        if (fault === "duplicate") {
          await queue.send({ ...message, messageId: `${message.messageId}:again`, notBefore: later(0, 20) });
        }
        return fault === "errorAfter" ? failing<undefined>("The broker's answer was lost.") : undefined;
      },
      { about: short(message.messageId) },
    );
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

/** What a person does to a change. */
const BY_A_PERSON = ["change.cancel", "change.retry", "change.resolve", "change.lookAgain"];

function commitStep(writes: readonly RowWrite[]): Step {
  const audit = writes.find(({ row }) => row.startsWith("audit_"))?.value as { action?: unknown } | undefined;
  const action = COMMITS.find((known) => known === audit?.action);
  if (action) return `commit ${action}`;
  return BY_A_PERSON.some((known) => known === audit?.action) ? "commit by a person" : "commit other";
}

function scheduledWork(work: WorkIndex, scheduler: Scheduler, process: ServerProcess): WorkIndex {
  const touch = (partition: string): Promise<void> =>
    scheduler.call(process, "touch work", (fault) =>
      fault === "error" ? failing("The table answers 500.") : work.touch(partition),
    );
  return {
    touch,
    remove: (entry) => scheduler.call(process, "remove row", () => work.remove(entry), { about: "work" }),
    async *entries() {
      const found = await scheduler.call(process, "list work", async (fault) =>
        fault === "error" ? failing<never>("The table answers 500.") : collect(work.entries()),
      );
      yield* found;
    },
  };
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
