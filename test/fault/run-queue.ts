import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";

/** A message somebody has taken. Whether they still hold it, only the queue knows. */
export interface Delivery {
  readonly messageId: string;
  readonly sessionId: string | undefined;
  readonly body: unknown;
  /** The message will not come again. Rejects when the lock was lost. */
  complete(): Promise<void>;
  /** The message comes again, or ends in the dead letters when it came too often. Never rejects. */
  abandon(): Promise<void>;
  /** Holds it for another lock duration, as the Functions host does while a handler works. Rejects when the lock was lost. */
  renew(): Promise<void>;
  /** Somebody else can take it from now on, though whoever holds it does not know. */
  loseLock(): Promise<void>;
}

/** The queues that have a part in the runs: what is to be done, what the lists are to show, what is to be compared. */
export const RUN_QUEUES = ["changes", "directory", "sync"] as const;
export type RunQueueName = (typeof RUN_QUEUES)[number];

/** The way of one server process to a queue. */
export interface QueueClient {
  send(message: OutgoingMessage): Promise<void>;
  /** The next message of some session that is free and has one. */
  take(): Promise<Delivery | undefined>;
  takeDeadLetter(): Promise<Delivery | undefined>;
  /** The process is gone, and the broker notices: what it held is free again. */
  cut(): Promise<void>;
}

/** A queue of a run: sessions, schedule, locks, duplicate detection and dead letters, on the clock of the run. */
export interface RunQueue {
  /** Each server process has a client of its own. */
  connect(): QueueClient;
  /** Epoch milliseconds at which the next message, of those nobody holds, can be taken. */
  nextDueAt(): number | undefined;
  /** Neither messages nor dead letters. */
  isEmpty(): boolean;
  close(): Promise<void>;
}
