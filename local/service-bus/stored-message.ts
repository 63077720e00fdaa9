import type { Message } from "rhea";
import type { Cancel } from "../virtual-clock";

/** What a consumer link is to a queue. */
export interface Consumer {
  /** Name of its link: what `associated-link-name` of a management request refers to. */
  readonly linkName: string;
  /** The session it holds; undefined on a queue without sessions. */
  readonly sessionId: string | undefined;
  readonly receiveAndDelete: boolean;
  /** Whether the client has asked for one more message. */
  canTake(): boolean;
  /** Sends it; locked (`message.lock`) unless the consumer receives and deletes. */
  deliver(message: StoredMessage): void;
  /** Its session lock ran out: it gets no more messages. */
  sessionLost(): void;
}

export interface MessageLock {
  readonly token: string;
  /** Undefined for a deferred message taken by its sequence number. */
  readonly consumer: Consumer | undefined;
  /** With a session: when the session's lock ends, the message's ends too. */
  readonly session: boolean;
  untilMs: number;
  cancelExpiry: Cancel;
}

export interface StoredMessage {
  sequenceNumber: number;
  /** The number it got first, in a queue it came from. */
  enqueuedSequenceNumber: number;
  content: Message;
  /** The session on a queue with sessions, else "". */
  readonly sessionKey: string;
  state: "active" | "scheduled" | "deferred";
  enqueuedAtMs: number;
  expiresAtMs: number;
  deliveryCount: number;
  deadLetterSource: string | undefined;
  lock: MessageLock | undefined;
  /** Stops the timer of its schedule or its expiry. */
  cancelTimer: Cancel;
}
