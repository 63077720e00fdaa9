import type { Log } from "../access/log";
import type { Clock } from "../access/clock";
import { Change, changeRow, ChangeState, openAttempt, ParkedReason } from "../changes/change";
import { Head, HEAD_ROW } from "../decisions/head";
import { unlessNewer } from "../decisions/newer-version";
import { OutgoingMessage } from "../decisions/outgoing-message";
import type { StateStore } from "../decisions/state-store";
import type { WorkEntry, WorkIndex } from "../decisions/work-index";
import type { Measure } from "./metrics";

export interface MeasureWorkDeps {
  store: Pick<StateStore, "get" | "list">;
  work: Pick<WorkIndex, "entries">;
  clock: Clock;
  telemetry: { measure: Measure };
  log: Log;
}

const PAGE = 100;

/** What is left to do in the whole installation, at one moment. Ages in seconds. */
interface Backlog {
  partitions: number;
  open: Record<ChangeState, number>;
  waiting: Record<ParkedReason, number>;
  overdueAge: number;
  unknownAge: number;
  reviewAge: number;
  outboxRows: number;
  outboxAge: number;
}

/**
 * Says how much is left to do, and how old the oldest of it is. Visits only partitions that may have work left (table
 * `work`), never a whole table. Zeroes are told too: an alert ends by them. A partition that cannot be read is logged;
 * then nothing is told at all, since part of the truth would end alerts.
 */
export async function measureWork(deps: MeasureWorkDeps): Promise<void> {
  const backlog = nothingLeft();
  let unread = 0;
  for await (const entry of deps.work.entries()) {
    try {
      await addPartition(deps, backlog, entry);
    } catch (error) {
      unread++;
      deps.log.error("a partition could not be measured", { partition: entry.partition, error });
    }
  }
  if (unread === 0) tell(deps.telemetry.measure, backlog);
}

function nothingLeft(): Backlog {
  const zeroes = <K extends string>(keys: readonly K[]): Record<K, number> =>
    Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>; // Every key is there: they come from the list.
  return {
    ...{ partitions: 0, overdueAge: 0, unknownAge: 0, reviewAge: 0, outboxRows: 0, outboxAge: 0 },
    open: zeroes(ChangeState.options),
    waiting: zeroes(ParkedReason.options),
  };
}

async function addPartition(deps: MeasureWorkDeps, backlog: Backlog, entry: WorkEntry): Promise<void> {
  const { partition } = entry;
  const now = deps.clock();
  backlog.partitions++;
  await addOutbox(deps, backlog, entry, now);
  const row = await deps.store.get(partition, HEAD_ROW);
  for (const id of row ? Head.parse(row.value).openChanges : []) {
    // One that only a newer version may read is that version's to measure.
    const found = await unlessNewer(deps.store.get(partition, changeRow(id)));
    if (found) addChange(backlog, Change.parse(found.value), now);
  }
}

/** A row of an earlier version does not tell its age: the partition was touched before it was written. */
async function addOutbox(deps: MeasureWorkDeps, backlog: Backlog, entry: WorkEntry, now: Date): Promise<void> {
  let after: string | undefined;
  do {
    const page = await deps.store.list(entry.partition, {
      ...{ prefix: "outbox_", limit: PAGE },
      // It waits for a newer version, whose age it is to tell.
      onNewer: () => backlog.outboxRows++,
      ...(after ? { after } : {}),
    });
    for (const { value } of page.rows) {
      const decidedAt = OutgoingMessage.safeParse(value).data?.decidedAt ?? entry.touchedAt.toISOString();
      backlog.outboxRows++;
      backlog.outboxAge = Math.max(backlog.outboxAge, ageOf(decidedAt, now));
    }
    after = page.next;
  } while (after);
}

function addChange(backlog: Backlog, change: Change, now: Date): void {
  const { state, released, parkedReason, dueAt, enqueuedAt, outcome } = change;
  backlog.open[state]++;
  if (state === "NeedsReview") {
    backlog.reviewAge = Math.max(backlog.reviewAge, ageOf(outcome?.at ?? enqueuedAt, now));
    return;
  }
  if (parkedReason) backlog.waiting[parkedReason]++;
  if (state === "PendingPurchase" && released) {
    backlog.overdueAge = Math.max(backlog.overdueAge, ageOf(dueAt ?? enqueuedAt, now));
  }
  const attempt = openAttempt(change);
  if (attempt) backlog.unknownAge = Math.max(backlog.unknownAge, ageOf(attempt.openedAt, now));
}

function ageOf(time: string, now: Date): number {
  return Math.max(0, (now.getTime() - Date.parse(time)) / 1000);
}

function tell(measure: Measure, backlog: Backlog): void {
  measure("csp.work.partitions", backlog.partitions, {});
  for (const state of ChangeState.options) measure("csp.changes.open", backlog.open[state], { state });
  for (const reason of ParkedReason.options) measure("csp.changes.waiting", backlog.waiting[reason], { reason });
  measure("csp.changes.overdue_age", backlog.overdueAge, {});
  measure("csp.changes.unknown_age", backlog.unknownAge, {});
  measure("csp.changes.review_age", backlog.reviewAge, {});
  measure("csp.outbox.rows", backlog.outboxRows, {});
  measure("csp.outbox.oldest_age", backlog.outboxAge, {});
}
