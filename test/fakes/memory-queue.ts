import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";
import type { SendMessage } from "../../shared/domain/decisions/outbox";
import type { VirtualClock } from "../../local/virtual-clock";
import { HOUR, MINUTE } from "../build/ids";

const LOCK_MS = MINUTE;
const DEDUPE_MS = HOUR;
const MAX_DELIVERIES = 10;

interface Waiting {
  message: OutgoingMessage;
  dueAt: number;
  deliveries: number;
}

export interface MemoryQueue {
  send: SendMessage;
  /** Everything not yet taken, soonest first. */
  waiting(): OutgoingMessage[];
  /** Messages whose handler failed too often. */
  deadLetters: OutgoingMessage[];
  nextDueAt(): number | undefined;
  /** Takes the next message that is due now and hands it over; a handler that throws gets it again after the lock. */
  deliverOne(handle: (message: OutgoingMessage) => Promise<void>): Promise<boolean>;
  /** Forgets everything that waits, as if every send had been lost. */
  lose(): void;
}

/** A queue with schedule, duplicate detection, redelivery and dead letters, on a clock a test controls. */
export function memoryQueue(clock: VirtualClock): MemoryQueue {
  const seen = new Map<string, number>();
  const deadLetters: OutgoingMessage[] = [];
  let waiting: Waiting[] = [];
  const soonest = (): Waiting | undefined =>
    waiting.reduce<Waiting | undefined>((first, one) => (!first || one.dueAt < first.dueAt ? one : first), undefined);

  return {
    deadLetters,
    send: (message) => {
      const now = clock.nowMs();
      const before = seen.get(message.messageId);
      if (before !== undefined && now - before < DEDUPE_MS) return Promise.resolve();
      seen.set(message.messageId, now);
      const dueAt = message.notBefore === undefined ? now : Math.max(now, Date.parse(message.notBefore));
      waiting.push({ message, dueAt, deliveries: 0 });
      return Promise.resolve();
    },
    waiting: () => [...waiting].sort((a, b) => a.dueAt - b.dueAt).map(({ message }) => message),
    nextDueAt: () => soonest()?.dueAt,
    async deliverOne(handle) {
      const next = soonest();
      if (!next || next.dueAt > clock.nowMs()) return false;
      waiting = waiting.filter((one) => one !== next);
      try {
        await handle(next.message);
      } catch {
        next.deliveries++;
        if (next.deliveries >= MAX_DELIVERIES) deadLetters.push(next.message);
        else waiting.push({ ...next, dueAt: clock.nowMs() + LOCK_MS });
      }
      return true;
    },
    lose: () => {
      waiting = [];
    },
  };
}
