import { applyChange } from "../../shared/domain/changes/apply-change";
import { ChangePointer } from "../../shared/domain/changes/save-transition";
import { sweepWork } from "../../shared/domain/changes/sweep-work";
import { compareAnswered, ComparePointer } from "../../shared/domain/changes/compare-answered";
import { projectChanges } from "../../shared/domain/changes/project-changes";
import { takeDeadLetter } from "../../shared/domain/changes/take-dead-letter";
import { sweepOutbox } from "../../shared/domain/decisions/outbox";
import { sendAgain } from "../../shared/domain/decisions/send-again";
import { DirectoryPointer } from "../../shared/domain/tenants/tenant-list";
import { short } from "./names";
import { RUN_QUEUES, type Delivery, type QueueClient, type RunQueueName } from "./run-queue";
import type { ServerProcess } from "./scheduler";
import { startServer, type Installation, type ServerDeps } from "./server";

const SECOND = 1_000;
const HANDLERS_PER_PROCESS = 2;
/** The Functions host renews the lock of a message while its handler works. */
const RENEW_AFTER_MS = 20 * SECOND;
const LONGEST_RESTART_S = 90;

interface Holding {
  delivery: Delivery;
  renewedAt: number;
}

/** A server process that lives. */
interface Running {
  process: ServerProcess;
  deps: ServerDeps;
  queues: Record<RunQueueName, QueueClient>;
  holding: Set<Holding>;
}

/** The server processes of a run, and what the Functions host does for each. */
export interface Servers {
  start(): void;
  running(): readonly Running[];
  /** Those that could take on something more. */
  able(): Running[];
  /** Hands out one message, or a dead letter, if there is one and somebody to take it. */
  startWork(): Promise<boolean>;
  /** Renews the locks of the messages in hand, in processes that do not stand still. */
  keepAlive(): Promise<void>;
  /** From now on, again and again, whoever is able sweeps. */
  sweepEvery(ms: number): void;
  crashed(process: ServerProcess): Promise<void>;
  lockLost(process: ServerProcess): Promise<void>;
}

type Work = (deps: ServerDeps, delivery: Delivery) => Promise<void>;

/** What `functions/queues` does with a message of each queue. */
const HANDLERS: Record<RunQueueName, Work> = {
  changes: (deps, { body }) => applyChange(deps, ChangePointer.parse(body)),
  directory: (deps, { body }) => {
    const { tenantId, changeIds } = DirectoryPointer.parse(body);
    if (!changeIds) throw new Error("No tenant changes in these runs.");
    return projectChanges(deps, tenantId, changeIds);
  },
  sync: (deps, { body }) => compareAnswered(deps, ComparePointer.parse(body)),
};

const takeAgain =
  (queue: RunQueueName): Work =>
  async (deps, { messageId, sessionId, body }) => {
    const again = sendAgain({ queue, messageId, sessionId, body }, deps.clock());
    if (again) await deps.send(again);
  };

const DEAD_LETTER_HANDLERS: Record<RunQueueName, Work> = {
  changes: (deps, { body }) => takeDeadLetter(deps, body),
  directory: takeAgain("directory"),
  sync: takeAgain("sync"),
};

export function createServers(installation: Installation, { isLedgerSwept }: { isLedgerSwept: boolean }): Servers {
  const { platform, scheduler, random, clock, trace } = installation;
  const nowMs = (): number => clock().getTime();
  let running: Running[] = [];
  let started = 0;
  let isSweeping = false;
  let sweepings = 0;

  const start = (): void => {
    const process: ServerProcess = { name: `p${++started}`, isAlive: true, pausedUntil: 0 };
    const connected = platform.connect();
    const deps = startServer(installation, process, connected);
    running.push({ process, deps, queues: connected.queues, holding: new Set() });
  };

  const able = (): Running[] =>
    running.filter(({ process, holding }) => process.pausedUntil <= nowMs() && holding.size < HANDLERS_PER_PROCESS);

  /** As the host does: the handler, then the message is completed; or it is given back. */
  const handle = async (one: Running, delivery: Delivery, run: () => Promise<void>): Promise<void> => {
    const holding = { delivery, renewedAt: nowMs() };
    one.holding.add(holding);
    const about = short(delivery.messageId);
    try {
      await run();
      await scheduler.call(
        one.process,
        "complete",
        (fault) => (fault === "error" ? Promise.reject(new Error("The broker does not answer.")) : delivery.complete()),
        { about },
      );
    } catch (error) {
      trace(`${one.process.name}: gives ${about} back: ${String(error)}`);
      if (one.process.isAlive) await delivery.abandon();
    } finally {
      one.holding.delete(holding);
    }
  };

  const sweep = async ({ deps }: Running): Promise<void> => {
    if (isSweeping) return;
    isSweeping = true;
    try {
      if (isLedgerSwept) await sweepWork(deps);
      else for await (const { partition } of deps.work.entries()) await sweepOutbox(deps, partition);
    } catch {
      trace("a sweep failed");
    } finally {
      isSweeping = false;
    }
  };

  const sweepEvery = (ms: number): void => {
    const mine = ++sweepings;
    const again = (): void => {
      if (mine !== sweepings) return;
      const candidates = able();
      if (candidates.length > 0) void sweep(random.pick(candidates));
      scheduler.at(nowMs() + ms, again);
    };
    again();
  };

  return {
    ...{ start, able, sweepEvery },
    running: () => running,
    async startWork() {
      const candidates = able();
      if (candidates.length === 0) return false;
      const one = random.pick(candidates);
      const first = random.between(0, RUN_QUEUES.length - 1);
      for (const name of [...RUN_QUEUES.slice(first), ...RUN_QUEUES.slice(0, first)]) {
        const delivery = await one.queues[name].take();
        const taken = delivery ?? (await one.queues[name].takeDeadLetter());
        if (!taken) continue;
        trace(`${one.process.name}: handles ${delivery ? "" : "the dead letter "}${short(taken.messageId)} of ${name}`);
        const work = delivery ? HANDLERS[name] : DEAD_LETTER_HANDLERS[name];
        void handle(one, taken, () => work(one.deps, taken));
        return true;
      }
      return false;
    },
    async keepAlive() {
      for (const { process, holding } of running) {
        if (process.pausedUntil > nowMs()) continue;
        for (const one of holding) {
          if (nowMs() - one.renewedAt < RENEW_AFTER_MS) continue;
          one.renewedAt = nowMs();
          await one.delivery.renew().catch(() => undefined);
        }
      }
    },
    async crashed(process) {
      const gone = running.find((one) => one.process === process);
      running = running.filter((one) => one !== gone);
      // The broker notices at once, or when the locks have run out.
      if (random.chance(0.5)) await Promise.all(Object.values(gone?.queues ?? {}).map((queue) => queue.cut()));
      scheduler.at(nowMs() + random.between(0, LONGEST_RESTART_S) * SECOND, start);
    },
    async lockLost(process) {
      const holding = running.find((one) => one.process === process)?.holding ?? [];
      for (const { delivery } of [...holding]) await delivery.loseLock();
    },
  };
}
