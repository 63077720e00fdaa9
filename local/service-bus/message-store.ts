import type { StoredMessage } from "./stored-message";

/**
 * The messages of one queue in the order of their sequence numbers, and per session those that are ready: active and
 * not locked. A message given back takes its old place.
 */
export class MessageStore {
  private readonly all = new Map<number, StoredMessage>();
  /** Sequence numbers in ascending order. A session without ready messages has no entry. */
  private readonly ready = new Map<string, number[]>();
  private last = 0;

  /** Puts a message at the end, under a new sequence number. */
  append(message: StoredMessage): void {
    message.sequenceNumber = ++this.last;
    if (message.enqueuedSequenceNumber === 0) message.enqueuedSequenceNumber = message.sequenceNumber;
    this.all.set(message.sequenceNumber, message);
    if (message.state === "active") this.makeReady(message);
  }

  /** Takes a message out of the queue and stops its timers. */
  remove(message: StoredMessage): void {
    this.makeUnready(message);
    this.all.delete(message.sequenceNumber);
    message.cancelTimer();
    message.lock?.cancelExpiry();
    message.lock = undefined;
  }

  get(sequenceNumber: number): StoredMessage | undefined {
    return this.all.get(sequenceNumber);
  }

  has(message: StoredMessage): boolean {
    return this.all.get(message.sequenceNumber) === message;
  }

  values(): IterableIterator<StoredMessage> {
    return this.all.values();
  }

  makeReady(message: StoredMessage): void {
    const numbers = this.ready.get(message.sessionKey);
    if (!numbers) {
      this.ready.set(message.sessionKey, [message.sequenceNumber]);
      return;
    }
    const isNewest = (numbers.at(-1) ?? 0) < message.sequenceNumber;
    const place = isNewest ? numbers.length : numbers.findIndex((number) => number > message.sequenceNumber);
    numbers.splice(place, 0, message.sequenceNumber);
  }

  makeUnready(message: StoredMessage): void {
    const numbers = this.ready.get(message.sessionKey);
    const place = numbers?.indexOf(message.sequenceNumber) ?? -1;
    if (!numbers || place < 0) return;
    numbers.splice(place, 1);
    if (numbers.length === 0) this.ready.delete(message.sessionKey);
  }

  firstReady(sessionKey: string): StoredMessage | undefined {
    const first = this.ready.get(sessionKey)?.[0];
    return first === undefined ? undefined : this.all.get(first);
  }

  /** Sessions with a ready message, the longest waiting first. */
  readySessions(): IterableIterator<string> {
    return this.ready.keys();
  }
}
