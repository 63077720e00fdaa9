import type { VirtualClock } from "../../local/virtual-clock";
import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";
import type { Random } from "./random";
import type { Delivery, QueueClient, RunQueue } from "./run-queue";

const MINUTE = 60_000;
/** As deployed (`infra/queues.json`). */
const LOCK_MS = MINUTE;
const DEDUPE_MS = 60 * MINUTE;
const MAX_DELIVERIES = 10;

interface Entry {
  readonly message: OutgoingMessage;
  dueAt: number;
  deliveries: number;
  lock: { by: QueueClient; until: number } | undefined;
}

export interface MemoryBrokerOptions {
  clock: VirtualClock;
  random: Random;
  /** Off: within a session any message may come first. */
  isOrdered: boolean;
}

/** A queue in memory (proven equal to the broker by `contract`, as long as it is ordered). */
export function createMemoryBroker({ clock, random, isOrdered }: MemoryBrokerOptions): RunQueue {
  const seen = new Map<string, number>();
  let entries: Entry[] = [];
  const dead: Entry[] = [];

  const isLocked = ({ lock }: Entry): boolean => lock !== undefined && lock.until > clock.nowMs();
  const free = (): Entry[] => {
    const taken = new Set(entries.filter(isLocked).map(({ message }) => message.sessionId));
    // Without a session nothing waits for anything.
    return entries.filter((entry) => {
      const { sessionId } = entry.message;
      return !isLocked(entry) && (sessionId === undefined || !taken.has(sessionId));
    });
  };
  const giveBack = (entry: Entry): void => {
    entry.lock = undefined;
    if (++entry.deliveries < MAX_DELIVERIES) return;
    entries = entries.filter((other) => other !== entry);
    dead.push(entry);
  };
  /** Locks that ran out count as deliveries, as a broker counts them. */
  const expireLocks = (): void => {
    for (const entry of [...entries]) if (entry.lock && !isLocked(entry)) giveBack(entry);
  };
  const add = (message: OutgoingMessage): void => {
    const scheduled = message.notBefore === undefined ? 0 : Date.parse(message.notBefore);
    const entry: Entry = { message, dueAt: Math.max(clock.nowMs(), scheduled), deliveries: 0, lock: undefined };
    // In the order in which they can be taken; a scheduled one stands behind what is there at its time.
    const at = entries.findIndex(({ dueAt }) => dueAt > entry.dueAt);
    entries.splice(at < 0 ? entries.length : at, 0, entry);
  };
  const lockFor = (entry: Entry, by: QueueClient): Delivery => {
    const lock = { by, until: clock.nowMs() + LOCK_MS };
    entry.lock = lock;
    const isHeld = (): boolean => entry.lock === lock && isLocked(entry);
    return {
      messageId: entry.message.messageId,
      sessionId: entry.message.sessionId,
      body: entry.message.body,
      complete: () => {
        if (!isHeld()) return Promise.reject(new Error("The lock was lost."));
        entries = entries.filter((other) => other !== entry);
        return Promise.resolve();
      },
      abandon: () => {
        if (isHeld()) giveBack(entry);
        return Promise.resolve();
      },
      renew: () => {
        if (!isHeld()) return Promise.reject(new Error("The lock was lost."));
        lock.until = clock.nowMs() + LOCK_MS;
        return Promise.resolve();
      },
      loseLock: () => {
        if (isHeld()) entry.lock = undefined;
        return Promise.resolve();
      },
    };
  };

  const connect = (): QueueClient => {
    const client: QueueClient = {
      send: (message) => {
        const before = seen.get(message.messageId);
        if (before !== undefined && clock.nowMs() - before < DEDUPE_MS) return Promise.resolve();
        seen.set(message.messageId, clock.nowMs());
        add(message);
        return Promise.resolve();
      },
      take: () => {
        expireLocks();
        const due = free().filter(({ dueAt }) => dueAt <= clock.nowMs());
        if (due.length === 0) return Promise.resolve(undefined);
        const { message } = random.pick(due);
        const inSession = due.filter((entry) => entry.message.sessionId === message.sessionId);
        const [first = random.pick(inSession)] = isOrdered ? inSession : [];
        return Promise.resolve(lockFor(first, client));
      },
      takeDeadLetter: () => {
        const entry = dead.shift();
        if (!entry) return Promise.resolve(undefined);
        const nothing = (): Promise<void> => Promise.resolve();
        const giveBackDead = (): Promise<void> => Promise.resolve(void dead.push(entry));
        return Promise.resolve({
          ...{ messageId: entry.message.messageId, sessionId: entry.message.sessionId, body: entry.message.body },
          ...{ complete: nothing, renew: nothing, abandon: giveBackDead, loseLock: giveBackDead },
        });
      },
      cut: () => {
        for (const entry of entries) if (entry.lock?.by === client) entry.lock = undefined;
        return Promise.resolve();
      },
    };
    return client;
  };

  return {
    connect,
    nextDueAt: () => {
      expireLocks();
      return free().reduce<number | undefined>((first, { dueAt }) => Math.min(first ?? dueAt, dueAt), undefined);
    },
    isEmpty: () => entries.length + dead.length === 0,
    close: () => Promise.resolve(),
  };
}
