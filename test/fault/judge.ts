import { isDeepStrictEqual } from "node:util";
import { filterBooks, type BookEntry } from "../../local/partner-center-simulator/books";
import { verifyAuditChain } from "../../shared/domain/audit/verify-audit-chain";
import type { Attempt, Change, Lane } from "../../shared/domain/changes/change";
import { isFinal } from "../../shared/domain/changes/change";
import { readChangeEntry } from "../../shared/domain/changes/project-changes";
import { Head, HEAD_ROW, tenantPartition } from "../../shared/domain/decisions/head";
import { TENANT } from "../build/ids";
import { judgeSchedule } from "./judge-schedule";
import { LATE_AT_MOST_S, SEATS_AT_FIRST, SUBSCRIPTIONS } from "./microsoft";
import { short } from "./names";
import type { Played } from "./play";

const PARTITION = tenantPartition(TENANT);
/** A read is dated by a `Date` header, in whole seconds. */
const READ_TIME_STEP_MS = 1_000;

/** Everything that is wrong with a run, by the simulator's own books (change ledger §9); empty when all is well. */
export async function judge(run: Played): Promise<string[]> {
  const { books } = run.simulator.simulation.world;
  const wrong = [
    ...run.changes.flatMap((change) => judgeChange(change, books, run)),
    ...judgeBooks(run.changes, books),
    ...judgeReviews(run),
    ...judgeRest(run),
    ...judgeSubscriptions(run, books),
    ...judgeSchedule(run, books),
  ];
  wrong.push(...(await judgeShown(run)));
  const chain = await verifyAuditChain(run.store, PARTITION);
  wrong.push(...chain.breaks.map(({ seq, problem }) => `audit entry ${seq}: ${problem}`));
  return wrong;
}

/** What made this run worth playing; one that did not get there proves nothing. */
export function isWorthCounting({ changes, plan }: Played): boolean {
  return changes.length >= 3 && new Set(changes.map((c) => c.subscriptionId)).size >= 2 && plan.fired.size > 0;
}

function judgeChange(change: Change, books: BookEntry[], run: Played): string[] {
  const mine = books.filter((entry) => attemptOf(change, entry));
  const effective = mine.filter((entry) => entry.effective);
  const name = nameOf(change);
  switch (change.state) {
    case "Completed":
      if (change.outcome?.code === "unchanged") return effective.length === 0 ? [] : [`${name}: yet it bought`];
      return [
        ...judgePurchase(
          change,
          mine.filter((entry) => !isOfSchedule(change, entry)),
          run,
          name,
        ),
        ...judgeRestores(
          change,
          mine.filter((entry) => isOfSchedule(change, entry)),
          run,
          name,
        ),
      ];
    case "PurchaseFailed":
    case "Cancelled":
    case "Rejected":
      return effective.length === 0 ? [] : [`${name}: yet it bought`];
    case "NeedsReview":
      return [`${name}: though a person has answered`];
    case "PendingApproval":
    case "PendingPurchase":
    case "Purchasing":
    case "Scheduled":
      return [`${name}: not over two hours after the last accident`];
  }
}

function nameOf(change: Change): string {
  return `change ${change.id.slice(-6)} (${change.state}, ${change.outcome?.code ?? "no outcome"})`;
}

/** An attempt to set the renewal schedule again, not to change seats. */
function isOfSchedule(change: Change, entry: BookEntry): boolean {
  return attemptOf(change, entry)?.schedule !== undefined;
}

/** Setting the schedule again carries the seats along: they must be the same before and after. */
function judgeRestores(change: Change, restores: BookEntry[], run: Played, name: string): string[] {
  return restores.flatMap((entry) => {
    const delta = entry.effects.reduce((sum, effect) => sum + effect.delta, 0);
    const attempt = attemptOf(change, entry);
    if (delta === 0 || !attempt) return [];
    if (!wasTouchedBetween(attempt, entry, run)) return [`${name}: setting the schedule again changed ${delta} seats`];
    return judgeReport(change, attempt, name);
  });
}

function judgePurchase(change: Change, mine: BookEntry[], run: Played, name: string): string[] {
  const effective = mine.filter((entry) => entry.effective);
  if (effective.length > 1) return [`${name}: bought ${effective.length} times`];
  const [bought] = effective;
  // Somebody else had set the very number we wrote: then ours had nothing left to do.
  const written = bought ?? mine.find(({ outcome }) => outcome === "unchanged");
  if (!written) return [`${name}: but nothing was bought`];
  const delta = bought?.effects[0]?.delta ?? 0;
  const asked = change.ask.kind === "add" ? change.ask.delta : change.ask.to - change.ask.expectedFrom;
  if (delta === asked) return [];
  const attempt = attemptOf(change, written);
  // Without a record of ours, and of theirs, nobody can tell.
  if (!bought && run.unrecordedChanges > 0) return [];
  if (!attempt || !wasTouchedBetween(attempt, written, run))
    return [`${name}: ${delta} seats bought, ${asked} asked for`];
  return judgeReport(change, attempt, name);
}

/** Microsoft's record tells the old value, whether it proved the write or was read after the answer. */
function judgeReport(change: Change, attempt: Attempt, name: string): string[] {
  const isTold = attempt.proof?.by === "auditRecord" || attempt.proof?.by === "answer";
  const isReported = change.outcome?.finding === "overwroteExternalChange";
  return isTold && !isReported ? [`${name}: overwrote a change and does not say so`] : [];
}

function attemptOf(change: Change, { correlationId }: BookEntry): Attempt | undefined {
  return change.steps
    .flatMap(({ attempts }) => attempts)
    .find((attempt) => attempt.correlationIds.includes(correlationId));
}

/** Somebody else changed the seats after the moment our read showed and before our write. */
function wasTouchedBetween(attempt: Attempt, written: BookEntry, { simulator, plan }: Played): boolean {
  const wasStale = plan.fired.has("staleRead @ read subscription");
  const lagMs = READ_TIME_STEP_MS + (wasStale ? LATE_AT_MOST_S * 1_000 : 0);
  const shownAt = Date.parse(attempt.readAt) - lagMs;
  return simulator.simulation.world.books.some(
    (entry) =>
      entry.origin === "outside" &&
      entry.subscriptionId === written.subscriptionId &&
      entry.number < written.number &&
      Date.parse(entry.at) >= shownAt,
  );
}

/** A person is asked only where somebody touched the seats whom nobody can name. */
function judgeReviews({ changes, unrecordedChanges }: Played): string[] {
  if (unrecordedChanges > 0) return [];
  const reviewed = changes.filter(({ state, interventions = [] }) => {
    return state === "NeedsReview" || interventions.some(({ before }) => before.state === "NeedsReview");
  });
  return reviewed.map((change) => `${nameOf(change)}: a person was asked, though everything can be attributed`);
}

function judgeBooks(changes: Change[], books: BookEntry[]): string[] {
  const attempts = changes.flatMap(({ steps }) => steps.flatMap((step) => step.attempts));
  const requestIds = new Set(attempts.map(({ requestId }) => requestId));
  const strangers = filterBooks(books, { origin: "api" }).filter(
    (entry) => !requestIds.has(entry.requestId) || !changes.some((change) => attemptOf(change, entry)),
  );
  return strangers.map(({ number }) => `line ${number} of the books is a write the ledger does not know`);
}

function judgeRest(run: Played): string[] {
  const wrong: string[] = [];
  const isWaitedFor = run.changes.some(({ state }) => !isFinal(state));
  if (!run.isOver && !isWaitedFor) wrong.push("a request was never answered");
  if (!run.isQueueEmpty && !isWaitedFor && !isRecordLookedFor(run)) wrong.push("messages are left in the queue");
  if (run.isLedgerSwept && !isWaitedFor && run.workLeft.length > 0) wrong.push("the work index is not empty");
  wrong.push(...judgeOpenChanges(run));
  for (const { row, value } of run.rows) {
    if (row.startsWith("outbox_")) wrong.push(`${row} was never sent`);
    const holder = row.startsWith("lane_") ? (value as Lane).changeId : undefined;
    const state = run.changes.find(({ id }) => id === holder)?.state;
    if (holder !== undefined && state !== "NeedsReview") wrong.push(`${row} is held by a change that is ${state}`);
  }
  return wrong;
}

/** The list across tenants shows what a rebuild would make of the changes. */
async function judgeShown({ shown, changes, store, clock }: Played): Promise<string[]> {
  const rebuilt = await Promise.all(changes.map(({ id }) => readChangeEntry({ store, clock }, TENANT, id)));
  const wanted = new Map(rebuilt.flatMap((entry) => (entry ? [[entry.line.id, entry.line]] : [])));
  const strangers = shown.filter(({ id }) => !wanted.has(id));
  const late = [...wanted.values()].filter((line) => {
    return !isDeepStrictEqual(
      line,
      shown.find(({ id }) => id === line.id),
    );
  });
  return [
    ...strangers.map(({ id }) => `the list shows ${short(id)}, which is no change`),
    ...late.map(({ id, state }) => `the list does not show that ${short(id)} is ${state}`),
  ];
}

/** The record of a write that changed nothing never comes; where nobody recorded the change before it, it is looked for. */
function isRecordLookedFor({ unrecordedChanges, simulator, changes }: Played): boolean {
  const { books } = simulator.simulation.world;
  const isOurs = (entry: BookEntry): boolean => changes.some((change) => attemptOf(change, entry) !== undefined);
  return unrecordedChanges > 0 && books.some((entry) => entry.outcome === "unchanged" && isOurs(entry));
}

/** What the head says about open changes is what their rows say. */
function judgeOpenChanges({ rows, changes }: Played): string[] {
  const head = Head.parse(rows.find(({ row }) => row === HEAD_ROW)?.value);
  const open = changes.filter(({ state }) => !isFinal(state)).map(({ id }) => id);
  const isSame = JSON.stringify([...head.openChanges].sort()) === JSON.stringify(open.sort());
  return isSame ? [] : [`the head calls ${head.openChanges.length} changes open, ${open.length} are`];
}

/** What every write changes: seats, what Microsoft counts from them, and the order it belongs to. */
const EXPECTED_FIELDS = ["quantity", "refundableQuantity", "orderId", "scheduledNextTermInstructions"];

function judgeSubscriptions({ simulator }: Played, books: BookEntry[]): string[] {
  const { subscriptions } = simulator.simulation.world;
  return SUBSCRIPTIONS.flatMap((id) => {
    const effects = books.filter(({ effective }) => effective).flatMap((entry) => entry.effects);
    const ofThis = effects.filter(({ subscriptionId }) => subscriptionId === id);
    const seats = ofThis.reduce((sum, { delta }) => sum + delta, SEATS_AT_FIRST);
    const also = ofThis.flatMap(({ changed }) => changed).filter((field) => !EXPECTED_FIELDS.includes(field));
    const found = subscriptions.get(id)?.resource.quantity;
    return [
      ...(found === seats ? [] : [`subscription ${id}: ${found} seats, ${seats} by the books`]),
      ...also.map((field) => `subscription ${id}: a write changed its ${field}`),
    ];
  });
}
