import type { z } from "zod";
import { AppError } from "../../errors";
import type { Clock, RandomBytes } from "../access/clock";
import { auditHash, auditRow, AuditEntry, type AuditFacts } from "../audit/audit-entry";
import { EMPTY_HEAD, Head, HEAD_ROW } from "./head";
import { stamped } from "./message-version";
import type { Measurement } from "../telemetry/metrics";
import type { Telemetry } from "../telemetry/telemetry";
import { outboxRow, type OutgoingMessage } from "./outgoing-message";
import type { RowWrite, StateStore } from "./state-store";
import { tolerant } from "./tolerant";

/** What a decision needs of the world. */
export interface DecideDeps {
  store: StateStore;
  clock: Clock;
  random: RandomBytes;
  /** Sends what a decision left in the outbox; what it cannot send now the sweeper sends later. Never throws. */
  dispatch(partition: string, messages: readonly OutgoingMessage[]): Promise<void>;
  /** Notes that this partition may have work left, before the work exists, so that sweepers find it. */
  touchWork(partition: string): Promise<void>;
  /** Told what a decision counted, once it is committed; gives its messages the trace they belong to. Absent: nobody. */
  telemetry?: Pick<Telemetry, "measure" | "traceparent">;
}

/** A row as read inside a decision. */
export interface Found<T> {
  row: string;
  etag: string;
  value: T;
}

/** One try of a decision: reads, then notes what is to be written. Nothing is written until the try returns. */
export interface Decision {
  readonly now: Date;
  head: Head;
  /** What is read keeps fields that its schema does not name, so that a newer release finds them again in what is written. */
  get<S extends z.ZodType>(row: string, schema: S): Promise<Found<z.infer<S>> | undefined>;
  create(row: string, value: object): void;
  replace(found: { row: string; etag: string }, value: object): void;
  record(facts: AuditFacts): void;
  send(message: OutgoingMessage): void;
  /** Counts if and only if the decision is committed. */
  measure(measurements: readonly Measurement[]): void;
}

/** Many more tries than any sane contention needs: each lost race means another decision was made. */
const MAX_TRIES = 40;
/** Storage that fails this often in a row is an outage; the caller is told, and may repeat with its idempotency key. */
const MAX_FAILURES = 3;
const MAX_OPERATIONS = 100;

/** A transaction whose outcome is not known: its audit entry tells, now or later. */
interface Doubtful<T> {
  attemptId: string;
  seq: number;
  value: T;
  messages: readonly OutgoingMessage[];
  measurements: readonly Measurement[];
}

/**
 * Makes one decision in one partition: the head first, then everything it rests on, then one transaction that takes the
 * next audit number by etag (change ledger §2). After a lost race or a lost answer the audit entry is read back: if it
 * is ours, we won; else `attempt` runs again on fresh rows. A try that notes nothing writes nothing; rows are read one by
 * one, so what it answers or refuses counts only when nothing was decided between the head and the last of them.
 * `attempt` may run several times, so it must not do anything outside the decision it is given.
 * Throws what `attempt` throws, `busy` when races are lost again and again, or the storage's error in an outage.
 */
export async function decide<T>(
  deps: DecideDeps,
  partition: string,
  attempt: (decision: Decision) => Promise<T> | T,
): Promise<T> {
  const doubtful: Doubtful<T>[] = [];
  let failures = 0;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const headRow = await deps.store.get(partition, HEAD_ROW);
    const head = headRow ? tolerant(Head).parse(headRow.value) : EMPTY_HEAD;
    const landed = await findLanded(deps, partition, doubtful, head.seq);
    if (landed) return finish(deps, partition, landed);

    const pad = new Pad(deps, partition, head);
    let value: T;
    try {
      value = await attempt(pad);
    } catch (error) {
      if (error instanceof AppError && (await hasMoved(deps, partition, headRow?.etag))) continue;
      throw error;
    }
    if (pad.isBlank()) {
      // With nothing read beside it, the head alone is one moment.
      if (pad.hasRead && (await hasMoved(deps, partition, headRow?.etag))) continue;
      return value;
    }
    const attemptId = Buffer.from(deps.random(16)).toString("hex");
    const mine = { attemptId, value, messages: pad.outgoing(), measurements: pad.measurements };
    const { writes, seq } = pad.transaction(attemptId, headRow?.etag, mine.messages);
    if (leavesWork(pad)) await deps.touchWork(partition);
    try {
      if ((await deps.store.commit(partition, writes)) === "committed") return await finish(deps, partition, mine);
    } catch (error) {
      if (++failures >= MAX_FAILURES) throw error;
    }
    // The storage client repeats writes by itself: even a conflict may be our own success whose answer was lost.
    doubtful.push({ ...mine, seq });
  }
  throw new AppError("unavailable", "busy", "Too many changes at the same moment. Try again.", {
    retryAfterSeconds: 1,
  });
}

function leavesWork({ messages, head }: Pad): boolean {
  return messages.length > 0 || head.openChanges.length > 0 || head.connection === "Disconnecting";
}

async function hasMoved(deps: DecideDeps, partition: string, headEtag: string | undefined): Promise<boolean> {
  return (await deps.store.get(partition, HEAD_ROW))?.etag !== headEtag;
}

async function findLanded<T>(
  deps: DecideDeps,
  partition: string,
  doubtful: readonly Doubtful<T>[],
  currentSeq: number,
): Promise<Doubtful<T> | undefined> {
  for (const one of doubtful) {
    if (one.seq > currentSeq) continue;
    const found = await deps.store.get(partition, auditRow(one.seq));
    if (found && AuditEntry.parse(found.value).attemptId === one.attemptId) return one;
  }
  return undefined;
}

async function finish<T>(
  deps: DecideDeps,
  partition: string,
  done: Pick<Doubtful<T>, "value" | "messages" | "measurements">,
): Promise<T> {
  for (const { name, value, attributes } of done.measurements) deps.telemetry?.measure(name, value, attributes);
  if (done.messages.length > 0) await deps.dispatch(partition, done.messages);
  return done.value;
}

class Pad implements Decision {
  readonly now: Date;
  readonly messages: OutgoingMessage[] = [];
  readonly measurements: Measurement[] = [];
  /** Whether the decision rests on more than the head. */
  hasRead = false;
  private readonly writes: RowWrite[] = [];
  private readonly facts: AuditFacts[] = [];
  private readonly headBefore: string;

  constructor(
    private readonly deps: DecideDeps,
    private readonly partition: string,
    public head: Head,
  ) {
    this.now = deps.clock();
    this.headBefore = JSON.stringify(head);
  }

  async get<S extends z.ZodType>(row: string, schema: S): Promise<Found<z.infer<S>> | undefined> {
    this.hasRead = true;
    const stored = await this.deps.store.get(this.partition, row);
    return stored && { row, etag: stored.etag, value: tolerant(schema).parse(stored.value) };
  }

  create(row: string, value: object): void {
    this.writes.push({ kind: "create", row, value });
  }

  replace(found: { row: string; etag: string }, value: object): void {
    this.writes.push({ kind: "replace", row: found.row, etag: found.etag, value });
  }

  record(facts: AuditFacts): void {
    this.facts.push(facts);
  }

  send(message: OutgoingMessage): void {
    this.messages.push(stamped(message));
  }

  measure(measurements: readonly Measurement[]): void {
    this.measurements.push(...measurements);
  }

  /** The messages with what they belong to, as they are stored and sent. */
  outgoing(): OutgoingMessage[] {
    const traceparent = this.deps.telemetry?.traceparent();
    const correlationId = this.facts.find((facts) => facts.correlationId !== undefined)?.correlationId;
    return this.messages.map((message) => ({
      ...message,
      decidedAt: this.now.toISOString(),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(correlationId === undefined ? {} : { correlationId }),
    }));
  }

  isBlank(): boolean {
    return (
      this.writes.length + this.facts.length + this.messages.length === 0 &&
      JSON.stringify(this.head) === this.headBefore
    );
  }

  transaction(
    attemptId: string,
    headEtag: string | undefined,
    messages: readonly OutgoingMessage[],
  ): { writes: RowWrite[]; seq: number } {
    if (this.facts.length === 0) throw new Error("A decision without an audit entry: every decision is recorded.");
    let { seq, auditHash: previousHash } = this.head;
    const audit = this.facts.map((facts): RowWrite => {
      const entry: AuditEntry = { ...facts, seq: ++seq, at: this.now.toISOString(), attemptId, previousHash };
      previousHash = auditHash(entry);
      return { kind: "create", row: auditRow(seq), value: entry };
    });
    const head: Head = { ...this.head, seq, auditHash: previousHash };
    const headWrite: RowWrite = headEtag
      ? { kind: "replace", row: HEAD_ROW, etag: headEtag, value: head }
      : { kind: "create", row: HEAD_ROW, value: head };
    const outbox = messages.map((m): RowWrite => ({ kind: "create", row: outboxRow(m), value: m }));
    const writes = [headWrite, ...this.writes, ...audit, ...outbox];
    if (writes.length > MAX_OPERATIONS) {
      throw new AppError(
        "invalid",
        "tooMuchAtOnce",
        `One decision can hold ${MAX_OPERATIONS} rows; this one has ${writes.length}.`,
      );
    }
    return { writes, seq };
  }
}
