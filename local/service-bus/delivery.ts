import type { Cancel } from "../virtual-clock";
import { guarded } from "./guard";
import type { MessageLocks } from "./message-locks";
import type { MessageStore } from "./message-store";
import type { SessionLocks } from "./session-locks";
import type { Consumer, StoredMessage } from "./stored-message";

/** A link that waits for a session: told which one it got, it becomes that session's consumer. */
export interface SessionRequest {
  consumerOf(sessionId: string): Consumer;
  /** Called with the session locked, before the first message. */
  granted(consumer: Consumer, lockedUntilMs: number): void;
}

/** Brings the messages of one queue to its consumers: competing ones in turn, a session's to the one that holds it. */
export class Delivery {
  /** In the order in which they are served next. */
  private readonly consumers = new Set<Consumer>();
  private readonly waiting = new Set<SessionRequest>();
  private pumpPlanned = false;

  constructor(
    private readonly store: MessageStore,
    private readonly locks: MessageLocks,
    private readonly sessions: SessionLocks,
  ) {}

  attach(consumer: Consumer): void {
    this.consumers.add(consumer);
    this.pumpSoon();
  }

  detach(consumer: Consumer): void {
    this.consumers.delete(consumer);
    this.pumpSoon();
  }

  /** Locks this session for the link; false when another one holds it. */
  acceptSession(sessionId: string, request: SessionRequest): boolean {
    if (!this.sessions.isFree(sessionId)) return false;
    const consumer = request.consumerOf(sessionId);
    request.granted(consumer, this.sessions.lock(sessionId, consumer));
    this.attach(consumer);
    return true;
  }

  /** Locks the next session that is free and has messages, now or when there is one. The result stops the waiting. */
  acceptNextSession(request: SessionRequest): Cancel {
    this.waiting.add(request);
    this.offerSessions();
    return () => this.waiting.delete(request);
  }

  /** Locks a message that is not locked for a consumer, or for whoever asked for it by its number. */
  lock(message: StoredMessage, consumer: Consumer | undefined): void {
    this.store.makeUnready(message);
    const sessionId = consumer?.sessionId;
    this.locks.lock(message, consumer, sessionId === undefined ? undefined : this.sessions.lockedUntilMs(sessionId));
  }

  /** Serves the consumers, one message each in turn, until nobody can take more or nothing is left. */
  pump(): void {
    this.offerSessions();
    for (let delivered = true; delivered;) {
      delivered = false;
      for (const consumer of [...this.consumers]) delivered = this.serve(consumer) || delivered;
    }
  }

  /** Pumps once after all of what happens now. */
  pumpSoon(): void {
    if (this.pumpPlanned) return;
    this.pumpPlanned = true;
    const pump = guarded(() => {
      this.pumpPlanned = false;
      this.pump();
    });
    queueMicrotask(() => pump(undefined));
  }

  private serve(consumer: Consumer): boolean {
    if (!consumer.canTake()) return false;
    const message = this.store.firstReady(consumer.sessionId ?? "");
    if (!message) return false;
    this.consumers.delete(consumer);
    this.consumers.add(consumer);
    if (consumer.receiveAndDelete) this.store.remove(message);
    else this.lock(message, consumer);
    consumer.deliver(message);
    return true;
  }

  private offerSessions(): void {
    for (const request of this.waiting) {
      const sessionId = this.nextSession();
      if (sessionId === undefined) return;
      this.waiting.delete(request);
      this.acceptSession(sessionId, request);
    }
  }

  private nextSession(): string | undefined {
    for (const sessionId of this.store.readySessions()) if (this.sessions.isFree(sessionId)) return sessionId;
    return undefined;
  }
}
