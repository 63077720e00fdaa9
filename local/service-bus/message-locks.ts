import { randomUUID } from "node:crypto";
import type { Agenda } from "./agenda";
import { messageLockLost, Refusal } from "./refusal";
import type { Consumer, MessageLock, StoredMessage } from "./stored-message";

/** The peek-locks of one queue. A lock is named by a token that the client presents to settle or renew. */
export class MessageLocks {
  private readonly held = new Map<string, StoredMessage>();

  constructor(
    private readonly agenda: Agenda,
    private readonly durationMs: number,
    private readonly onExpired: (message: StoredMessage) => void,
  ) {}

  /** Locks a message. With `sessionUntilMs` it lives and ends with the lock of its session. */
  lock(message: StoredMessage, consumer: Consumer | undefined, sessionUntilMs?: number): MessageLock {
    const lock: MessageLock = {
      token: randomUUID(),
      consumer,
      session: sessionUntilMs !== undefined,
      untilMs: sessionUntilMs ?? this.agenda.nowMs() + this.durationMs,
      cancelExpiry: () => undefined,
    };
    message.lock = lock;
    this.held.set(lock.token, message);
    if (!lock.session) this.planExpiry(message, lock);
    return lock;
  }

  /** The message held by this lock; undefined when the lock is gone. */
  find(token: string): StoredMessage | undefined {
    return this.held.get(token);
  }

  heldInSession(sessionKey: string): StoredMessage[] {
    return [...this.held.values()].filter((message) => message.sessionKey === sessionKey);
  }

  /** Starts the lock anew and returns its end (epoch milliseconds). Throws when it is lost. */
  renew(token: string): number {
    const message = this.held.get(token);
    if (!message?.lock) throw messageLockLost();
    const { lock } = message;
    if (lock.session) {
      throw new Refusal("amqp:not-allowed", "The lock of a message in a session is renewed with its session.");
    }
    lock.cancelExpiry();
    lock.untilMs = this.agenda.nowMs() + this.durationMs;
    this.planExpiry(message, lock);
    return lock.untilMs;
  }

  unlock(message: StoredMessage): void {
    if (!message.lock) return;
    message.lock.cancelExpiry();
    this.held.delete(message.lock.token);
    message.lock = undefined;
  }

  private planExpiry(message: StoredMessage, lock: MessageLock): void {
    lock.cancelExpiry = this.agenda.at(lock.untilMs, () => this.onExpired(message));
  }
}
