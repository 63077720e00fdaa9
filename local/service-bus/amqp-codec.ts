import { message as rheaMessage, types, type Message, type Typed } from "rhea";
import { Refusal } from "./refusal";
import type { StoredMessage } from "./stored-message";

/** rhea's typings leave out what it has for outcomes and for decoded messages; `amqp-codec.test.ts` proves these. */
interface Codec {
  encode(message: Message): Buffer;
  decode(encoded: Buffer): Message;
  accepted(): Described;
  released(): Described;
  rejected(fields: { error?: { condition: string; description: string } }): Described;
  modified(fields: { delivery_failed?: boolean; undeliverable_here?: boolean }): Described;
}
interface Described {
  described(): unknown;
}
const codec = rheaMessage as unknown as Codec;

const TICKS_PER_MS = 10_000n;
/** .NET counts from the year 1. */
const TICKS_AT_EPOCH = 621_355_968_000_000_000n;
const LARGEST_UINT = 2 ** 32 - 1;
const STATE_CODES = { active: 0, deferred: 1, scheduled: 2 };

export const accepted = (): unknown => codec.accepted().described();
export const released = (): unknown => codec.released().described();
export const modified = (): unknown => codec.modified({}).described();
export const rejected = (refusal?: Refusal): unknown =>
  codec
    .rejected(refusal ? { error: { condition: refusal.condition, description: refusal.description } } : {})
    .described();

/** Throws a `Refusal` when the bytes are no message. */
export function decodeMessage(encoded: Buffer): Message {
  try {
    return codec.decode(encoded);
  } catch (error) {
    throw new Refusal("amqp:decode-error", `The message cannot be decoded: ${String(error)}`);
  }
}

/** The messages of a batch (message format 0x80013700): its data sections each hold one encoded message. */
export function decodeBatch(encoded: Buffer): Message[] {
  const body: unknown = decodeMessage(encoded).body;
  const content = typeof body === "object" && body !== null && "content" in body ? body.content : undefined;
  return asList(content).map((section) => decodeMessage(asBuffer(section, "section of the batch")));
}

export function encodedSize(message: Message): number {
  return codec.encode(message).length;
}

/**
 * A stored message as it goes to a client. `lockedUntil` is a time of the machine's clock, not of the virtual one: the
 * SDK compares it with `Date.now()` to decide when to renew.
 */
export function encodeStored(message: StoredMessage, lockedUntil: Date | undefined): Buffer {
  const { content } = message;
  const annotations: Record<string, unknown> = { ...content.message_annotations };
  annotations["x-opt-sequence-number"] = types.wrap_long(message.sequenceNumber);
  annotations["x-opt-enqueue-sequence-number"] = types.wrap_long(message.enqueuedSequenceNumber);
  annotations["x-opt-enqueued-time"] = types.wrap_timestamp(message.enqueuedAtMs);
  annotations["x-opt-message-state"] = types.wrap_int(STATE_CODES[message.state]);
  if (lockedUntil) annotations["x-opt-locked-until"] = types.wrap_timestamp(lockedUntil.getTime());
  if (message.deadLetterSource !== undefined) annotations["x-opt-deadletter-source"] = message.deadLetterSource;
  const ttl = message.expiresAtMs - message.enqueuedAtMs;
  return codec.encode({
    ...content,
    ...(ttl <= LARGEST_UINT ? { ttl } : {}),
    message_annotations: annotations,
    delivery_count: message.deliveryCount,
  });
}

/** A time as .NET ticks in eight bytes, which is how a session link tells the end of its lock. */
export function dotNetTicks(time: Date): Typed {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(time.getTime()) * TICKS_PER_MS + TICKS_AT_EPOCH);
  return types.wrap_long(bytes);
}

/** The sixteen bytes of a lock token. */
export function tokenBytes(token: string): Buffer {
  return Buffer.from(token.replaceAll("-", ""), "hex");
}

/** A delivery tag has the lock token in the byte order of a .NET GUID; management requests use the plain order. */
export function deliveryTag(token: string): Buffer {
  const plain = tokenBytes(token);
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Buffer.from(order.map((index) => plain.readUInt8(index)));
}

export function tokenText(bytes: unknown): string {
  const hex = asBuffer(bytes, "lock token").toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function asBuffer(value: unknown, name: string): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new Refusal("com.microsoft:argument-error", `The ${name} is not binary.`);
}

/** A long arrives as a number, or as eight bytes when it is large. */
export function asNumber(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  if (Buffer.isBuffer(value) && value.length === 8) return Number(value.readBigInt64BE());
  throw new Refusal("com.microsoft:argument-error", `The ${name} is not a number.`);
}

export function asTimeMs(value: unknown): number | undefined {
  if (value instanceof Date) return value.getTime();
  return typeof value === "number" ? value : undefined;
}
