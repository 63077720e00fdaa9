import type { Change, Lane } from "../../shared/domain/changes/change";
import type { WriteOutcome } from "../../shared/domain/changes/classify-write";

/*
 * What a state consists of. Times in rows are real ones, as the ledger's functions want them; outside of rows they are
 * ages in steps before now, negative ones ahead of it. All parts are in normal form (`normal-form.ts`).
 */

/** A number in the row that only ever grows, and that others only compare with what they saw of it. */
export const NEWEST = 2;
export const OLDER = 1;
export type Sight = typeof NEWEST | typeof OLDER;

/** One change: its row, the messages about it that wait, and what Microsoft did for it. */
export interface ChangePart {
  row: Change;
  /** Messages with the newest number, two at most; and whether there are older ones, of which one may be several. */
  newest: number;
  older: number;
  /** Whether Microsoft applied a write of it, and how many that changed the seats; after two it makes no difference. */
  hasWritten: boolean;
  bought: number;
}

/** The subscription as Microsoft shows it: its seats, and those of its renewal schedule; 0: there is none. */
export interface Resource {
  seats: number;
  schedule: number;
}

/** What a write is to do: set seats, which deletes the schedule, or set a schedule beside the seats as read. */
export interface Target {
  to: number;
  schedule: number;
}

/** A write as the worker or the network knows it: the open one of its change, or one that is settled already. */
export type Write = { isOpen: true } | ({ isOpen: false; sendBy: number } & Target);

/** What a worker read to prove a write; times count from those of the write. */
export interface Look extends Resource {
  records: readonly { from: number; to: number; isOurs: boolean; sinceRead: 0 | 1; isFresh: boolean }[];
  askedAfterSendBy: number;
}

/** Where a worker is between two steps; `n` tells whether the message it holds is the newest of change `c`. */
export type WorkerPart =
  | { at: "idle" }
  /** Whatever it stores next is declined, whatever happens until then (`workers-in-normal-form.ts`). */
  | { at: "late"; c: number; n: Sight }
  | { at: "waiting"; c: number; n: Sight; until: number }
  | { at: "claiming"; c: number; n: Sight }
  | { at: "reading"; c: number; n: Sight; claim: Sight }
  | { at: "planning"; c: number; n: Sight; claim: Sight; seen: Resource; seenAt: number; readAt: number }
  | { at: "sending" | "onTheWire"; c: number; n: Sight; write: Write }
  | { at: "answered"; c: number; n: Sight; write: Write; outcome: WriteOutcome }
  /** Nobody judged the write, or looked at it, since this worker loaded the row. */
  | { at: "proving"; c: number; n: Sight }
  | { at: "weighing"; c: number; n: Sight; look: Look };

export type Busy = Exclude<WorkerPart, { at: "idle" }>;

/** Microsoft's audit record of a write. */
export interface RecordPart {
  from: number;
  to: number;
  /** The change whose open write made it. */
  c?: number;
  age: number;
}

/** The subscription at Microsoft. */
export interface WorldPart extends Resource {
  /** What a read may still show. */
  stale: readonly Resource[];
  /** There is a write of ours whose record nobody will ever see. */
  lacksRecord: boolean;
  /** Oldest first. */
  records: readonly RecordPart[];
  /** Accepted with 202, neither applied nor dropped yet. */
  flying: readonly ({ c: number; isOpen: boolean; sendBy: number } & Target)[];
}

export type LanePart = Lane;
