import type { Message } from "rhea";
import type { Agenda } from "./agenda";
import { deadLettered, deliveredTooOften, expired, type DeadLetterReason } from "./dead-letter";
import { Delivery } from "./delivery";
import { DuplicateHistory } from "./duplicate-history";
import { checkIncoming, storedMessage, withMessageId } from "./incoming-message";
import { MessageLocks } from "./message-locks";
import { MessageStore } from "./message-store";
import type { QueueSettings } from "./queue-definitions";
import { messageLockLost, Refusal, sessionLockLost } from "./refusal";
import { SessionLocks } from "./session-locks";
import type { Consumer, StoredMessage } from "./stored-message";

type Properties = Record<string, unknown> | undefined;
export type Settlement =
  | { kind: "complete" }
  | { kind: "abandon" | "defer"; properties?: Properties }
  | ({ kind: "deadLetter" } & DeadLetterReason);

/** One queue, or one dead-letter queue: the rules of Service Bus, without AMQP. All times are the agenda's. */
export class Queue {
  readonly store = new MessageStore();
  readonly sessions: SessionLocks;
  readonly delivery: Delivery;
  /** Absent on a dead-letter queue, which has none of its own. */
  readonly deadLetters: Queue | undefined;
  private readonly locks: MessageLocks;
  private readonly history: DuplicateHistory;

  constructor(
    readonly settings: QueueSettings,
    private readonly agenda: Agenda,
    readonly isDeadLetterQueue = false,
  ) {
    this.locks = new MessageLocks(agenda, settings.lockDurationMs, (message) => this.giveBack(message, true));
    this.sessions = new SessionLocks(agenda, settings.lockDurationMs, (id, owner) => this.sessionExpired(id, owner));
    this.delivery = new Delivery(this.store, this.locks, this.sessions);
    this.history = new DuplicateHistory(settings.duplicateWindowMs, () => agenda.nowMs());
    this.deadLetters = isDeadLetterQueue ? undefined : new Queue(deadLetterSettings(settings), agenda, true);
  }

  /**
   * Takes all of the messages or, when one of them is not acceptable, none (throws a `Refusal`). Returns their sequence
   * numbers; 0 for a duplicate, which is taken and dropped.
   */
  send(contents: Message[]): number[] {
    for (const content of contents) checkIncoming(content, this.settings);
    return contents.map((content) => this.enqueue(withMessageId(content)));
  }

  /** Takes scheduled messages back; none of them when one is not there any more (throws). */
  cancelScheduled(sequenceNumbers: number[]): void {
    for (const message of this.stored(sequenceNumbers, "scheduled")) this.store.remove(message);
  }

  /**
   * The consumer's link is gone. A session becomes free at once, and its messages go back without counting as delivered;
   * messages outside of sessions stay locked until their locks run out.
   * https://learn.microsoft.com/azure/service-bus-messaging/message-sessions#impact-of-delivery-count
   */
  detach(consumer: Consumer): void {
    this.delivery.detach(consumer);
    if (consumer.sessionId !== undefined && this.sessions.unlock(consumer.sessionId, consumer)) {
      for (const message of this.locks.heldInSession(consumer.sessionId)) this.giveBack(message, false);
    }
  }

  /** Ends a lock as its holder decided. Throws a `Refusal` when the lock is lost. */
  settle(token: string, settlement: Settlement): void {
    const message = this.locks.find(token);
    if (!message) throw this.settings.requiresSession ? sessionLockLost() : messageLockLost();
    if (settlement.kind === "deadLetter" && this.isDeadLetterQueue) {
      throw new Refusal("amqp:not-allowed", "The message is in a dead-letter queue already.");
    }
    if (settlement.kind === "abandon" || settlement.kind === "defer") addProperties(message, settlement.properties);
    switch (settlement.kind) {
      case "complete":
        this.complete(message);
        break;
      case "abandon":
        this.giveBack(message, true);
        break;
      case "defer":
        this.defer(message);
        break;
      case "deadLetter":
        this.deadLetter(message, settlement);
    }
  }

  /** Starts a message's lock anew; returns its end. */
  renewLock(token: string): number {
    return this.locks.renew(token);
  }

  /** Takes deferred messages, locked or, with `remove`, for good. All of them, or throws. */
  takeDeferred(numbers: number[], from: { owner: Consumer | undefined; remove: boolean }): StoredMessage[] {
    const messages = this.stored(numbers, "deferred");
    for (const message of messages) {
      if (from.owner && from.owner.sessionId !== message.sessionKey) throw notFound(message.sequenceNumber);
    }
    for (const message of messages) {
      if (from.remove) this.store.remove(message);
      else this.delivery.lock(message, from.owner);
    }
    return messages;
  }

  private enqueue(content: Message): number {
    if (!this.history.add(String(content.message_id))) return 0;
    const message = storedMessage(content, this.settings, this.agenda.nowMs());
    this.store.append(message);
    if (message.state === "active") this.planExpiry(message);
    else message.cancelTimer = this.agenda.at(message.enqueuedAtMs, () => this.activate(message));
    this.delivery.pumpSoon();
    return message.sequenceNumber;
  }

  /** A scheduled message is enqueued at its time, behind what is there and under a new sequence number. */
  private activate(message: StoredMessage): void {
    this.store.remove(message);
    message.state = "active";
    message.enqueuedSequenceNumber = 0;
    this.store.append(message);
    this.planExpiry(message);
    this.delivery.pumpSoon();
  }

  private planExpiry(message: StoredMessage): void {
    message.cancelTimer = this.agenda.at(message.expiresAtMs, () => {
      if (!message.lock && message.state === "active") this.expire(message);
    });
  }

  private expire(message: StoredMessage): void {
    if (this.settings.deadLettersExpired) this.deadLetter(message, expired());
    else this.store.remove(message);
  }

  private deadLetter(message: StoredMessage, why: DeadLetterReason): void {
    this.locks.unlock(message);
    this.store.remove(message);
    this.deadLetters?.takeDead(deadLettered(message, this.settings.name, why));
  }

  private takeDead(message: StoredMessage): void {
    this.store.append(message);
    this.delivery.pumpSoon();
  }

  private complete(message: StoredMessage): void {
    this.locks.unlock(message);
    this.store.remove(message);
  }

  /** A deferred message waits for whoever knows its sequence number; it does not expire there. */
  private defer(message: StoredMessage): void {
    this.locks.unlock(message);
    message.state = "deferred";
  }

  /** Ends the lock of a message that was not dealt with, and makes it available again. */
  private giveBack(message: StoredMessage, counts: boolean): void {
    this.locks.unlock(message);
    if (counts) message.deliveryCount++;
    if (message.deliveryCount >= this.settings.maxDeliveryCount) {
      this.deadLetter(message, deliveredTooOften(this.settings.maxDeliveryCount));
    } else if (message.state === "active") {
      if (message.expiresAtMs <= this.agenda.nowMs()) this.expire(message);
      else this.store.makeReady(message);
    }
    this.delivery.pumpSoon();
  }

  private sessionExpired(sessionId: string, owner: Consumer): void {
    this.delivery.detach(owner);
    for (const message of this.locks.heldInSession(sessionId)) this.giveBack(message, true);
    owner.sessionLost();
  }

  private stored(numbers: number[], state: StoredMessage["state"]): StoredMessage[] {
    return numbers.map((number) => {
      const message = this.store.get(number);
      if (!message || message.state !== state || message.lock) throw notFound(number);
      return message;
    });
  }
}

function deadLetterSettings(queue: QueueSettings): QueueSettings {
  return {
    ...queue,
    name: `${queue.name}/$DeadLetterQueue`,
    requiresSession: false,
    duplicateWindowMs: 0,
    maxDeliveryCount: Infinity,
    timeToLiveMs: Infinity,
    deadLettersExpired: false,
  };
}

function addProperties(message: StoredMessage, properties: Properties): void {
  if (!properties) return;
  const all = { ...message.content.application_properties, ...properties };
  message.content = { ...message.content, application_properties: all };
}

function notFound(sequenceNumber: number): Refusal {
  return new Refusal(
    "com.microsoft:message-not-found",
    `There is no message with the sequence number ${sequenceNumber} that this request could take.`,
  );
}
