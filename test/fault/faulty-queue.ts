import type { VirtualClock } from "../../local/virtual-clock";
import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";
import type { FaultKind } from "./fault-kinds";
import type { Random } from "./random";
import type { ServerProcess } from "./scheduler";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const LOCK_MS = MINUTE;
const DEDUPE_MS = HOUR;
const MAX_DELIVERIES = 10;

/** A message somebody has taken. The lock is over when `holder` is somebody else's or nobody's. */
export interface Delivery {
  readonly message: OutgoingMessage;
  readonly lock: symbol;
}

interface Entry {
  message: OutgoingMessage;
  dueAt: number;
  deliveries: number;
  lock: { token: symbol; process: ServerProcess } | undefined;
}

/** A queue with sessions, schedule, locks, duplicate detection and dead letters, that can be told to misbehave. */
export interface FaultyQueue {
  send(message: OutgoingMessage, fault: FaultKind | undefined): Promise<void>;
  take(process: ServerProcess): Delivery | undefined;
  complete(delivery: Delivery): Promise<void>;
  abandon(delivery: Delivery): void;
  /** What a process holds is handed out again: at once, or when the lock has run out. */
  release(process: ServerProcess, when: "now" | "afterLock"): void;
  takeDeadLetter(): OutgoingMessage | undefined;
  nextDueAt(): number | undefined;
  isEmpty(): boolean;
}

export interface QueueOptions {
  clock: VirtualClock;
  random: Random;
  /** Off: within a session any message may come first. */
  isOrdered: boolean;
}

export function createFaultyQueue({ clock, random, isOrdered }: QueueOptions): FaultyQueue {
  const seen = new Map<string, number>();
  const dead: OutgoingMessage[] = [];
  let entries: Entry[] = [];

  const add = (message: OutgoingMessage, delayMs: number): void => {
    const scheduled = message.notBefore === undefined ? 0 : Date.parse(message.notBefore);
    entries.push({ message, dueAt: Math.max(clock.nowMs() + delayMs, scheduled), deliveries: 0, lock: undefined });
  };
  const isSessionTaken = (sessionId: string | undefined): boolean =>
    sessionId !== undefined && entries.some(({ lock, message }) => lock && message.sessionId === sessionId);
  const free = (): Entry[] => entries.filter(({ lock, message }) => !lock && !isSessionTaken(message.sessionId));
  const held = ({ lock }: Delivery): Entry | undefined => entries.find((entry) => entry.lock?.token === lock);
  const giveBack = (entry: Entry, dueAt: number): void => {
    entry.lock = undefined;
    entry.deliveries++;
    // A broker that hands out again at once would burn all its tries in no time: a real one needs a moment.
    entry.dueAt = dueAt;
    if (entry.deliveries < MAX_DELIVERIES) return;
    entries = entries.filter((other) => other !== entry);
    dead.push(entry.message);
  };

  return {
    send(message, fault) {
      if (fault === "error") return Promise.reject(new Error("The broker does not answer."));
      const before = seen.get(message.messageId);
      const isRepeated = before !== undefined && clock.nowMs() - before < DEDUPE_MS;
      if (!isRepeated) {
        seen.set(message.messageId, clock.nowMs());
        add(message, fault === "delay" ? random.between(1, 30) * MINUTE : 0);
        if (fault === "duplicate") add(message, random.between(0, 20) * MINUTE);
      }
      if (fault === "errorAfter") return Promise.reject(new Error("The broker's answer was lost."));
      return Promise.resolve();
    },
    take(process) {
      const due = free().filter(({ dueAt }) => dueAt <= clock.nowMs());
      if (due.length === 0) return undefined;
      const first = random.pick(due);
      const inSession = due.filter(({ message }) => message.sessionId === first.message.sessionId);
      const entry = isOrdered ? inSession.reduce((a, b) => (b.dueAt < a.dueAt ? b : a)) : first;
      const token = Symbol(entry.message.messageId);
      entry.lock = { token, process };
      return { message: entry.message, lock: token };
    },
    complete(delivery) {
      const entry = held(delivery);
      if (!entry) return Promise.reject(new Error("The lock was lost."));
      entries = entries.filter((other) => other !== entry);
      return Promise.resolve();
    },
    abandon(delivery) {
      const entry = held(delivery);
      if (entry) giveBack(entry, clock.nowMs() + SECOND);
    },
    release(process, when) {
      const dueAt = clock.nowMs() + (when === "now" ? 0 : LOCK_MS);
      for (const entry of entries.filter(({ lock }) => lock?.process === process)) giveBack(entry, dueAt);
    },
    takeDeadLetter: () => dead.shift(),
    nextDueAt: () =>
      free().reduce<number | undefined>((first, { dueAt }) => Math.min(first ?? dueAt, dueAt), undefined),
    isEmpty: () => entries.length + dead.length === 0,
  };
}
