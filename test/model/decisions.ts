import { openAttempt, type Change, type Lane } from "../../shared/domain/changes/change";
import type { LedgerSettings } from "../../shared/domain/changes/ledger-settings";
import type { Seen } from "../../shared/domain/changes/plan-write";
import type { Transition } from "../../shared/domain/changes/transitions";
import type { Evidence } from "../../shared/domain/changes/weigh-evidence";
import {
  decideAnswer,
  decideClaim,
  decideIntent,
  decideProof,
  decideWait,
  type Moment,
} from "../../shared/domain/changes/worker-decisions";
import type { RenewalSchedule } from "../../shared/domain/subscriptions/renewal-schedule";
import type { Subscription } from "../../shared/domain/subscriptions/subscription";
import { SUBSCRIPTION } from "../build/ids";
import { aSchedule, ON_SALE } from "../build/schedule";
import { aSubscription } from "../build/subscription";
import { ageOf, correlationOf, LOOKS, oldestSendBy, timeOf } from "./normal-form";
import type { Busy, Look, RecordPart, Resource } from "./parts";
import { NOW, TICK } from "./scope";
import type { Space } from "./space";

export function momentOf(settings: LedgerSettings): Moment {
  return { head: { connection: "Connected" }, mode: "on", now: NOW, settings };
}

/** What a worker read that is about to plan on it. */
export function seenBy({ seen, readAt, seenAt }: Extract<Busy, { at: "planning" }>): Seen {
  const subscription = subscriptionOf(seen);
  return {
    read: { subscription, raw: {}, readAt: new Date(timeOf(readAt)) },
    ...{ orderIds: [], offers: ON_SALE, seenAt: new Date(timeOf(seenAt)) },
  };
}

/** What the ledger makes of what a worker has in hand, on the rows as they are; undefined where the worker stores nothing. */
export function decisionOf(space: Space, worker: Busy, row: Change, lane: Lane): Transition | undefined {
  const moment = momentOf(space.settings);
  switch (worker.at) {
    case "waiting":
      return decideWait(row, worker.n, new Date(timeOf(worker.until)));
    case "claiming":
      return decideClaim(row, lane, moment);
    case "planning":
      return decideIntent(row, lane, { claim: worker.claim, seen: seenBy(worker) }, moment);
    case "answered":
      return decideAnswer(row, worker.write.isOpen ? numberOfOpen(row) : 0, worker.outcome, moment);
    case "weighing": {
      return decideProof(row, { number: numberOfOpen(row), looks: LOOKS }, evidenceOf(row, worker.look), moment);
    }
    case "late":
    case "reading":
    case "sending":
    case "onTheWire":
    case "proving":
      return undefined;
  }
}

function numberOfOpen(row: Change): number {
  return openAttempt(row)?.number ?? 0;
}

/** What a worker that reads these seats and records now sees, as far as it has to do with the open write of this row. */
export function lookAt(
  { limits }: Space,
  row: Change,
  { seen, records, lacksRecord }: { seen: Resource; records: readonly RecordPart[]; lacksRecord: boolean },
): Look | undefined {
  const open = openAttempt(row);
  if (!open) return undefined;
  const readAt = ageOf(open.readAt);
  // Of the step of the read: in its very second. While a record is missing, seconds are told apart (README.md).
  const isSince = (age: number): boolean => age < readAt || (lacksRecord && age === readAt);
  return {
    ...{ seats: seen.seats, schedule: seen.schedule },
    // A record older than the read is only asked for its order, and nobody looks at orders here.
    records: records
      .filter(({ age }) => age <= readAt)
      .map(({ from, to, c, age }) => ({
        from,
        to,
        isOurs: isOf(row, c),
        sinceRead: isSince(age) ? 1 : 0,
        isFresh: age === 0,
      })),
    // Later than that, a look tells nothing else.
    askedAfterSendBy: Math.min(ageOf(open.sendBy), oldestSendBy(limits)),
  };
}

function isOf(row: Change, c: number | undefined): boolean {
  return c !== undefined && Number(row.id) === c;
}

function evidenceOf(row: Change, look: Look): Evidence {
  const open = openAttempt(row);
  if (!open) throw new Error("Evidence about nothing.");
  const readAt = Date.parse(open.readAt);
  const askedAt = new Date(Date.parse(open.sendBy) + look.askedAfterSendBy * TICK);
  return {
    subscription: subscriptionOf(look),
    orderLines: [],
    askedAt,
    records: look.records.map(({ from, to, isOurs, sinceRead, isFresh }, index) => ({
      id: `record-${index}`,
      correlationId: isOurs ? correlationOf(row) : "somebody-else",
      operationType: "update_subscription",
      operationStatus: "succeeded",
      operationDate: isFresh ? askedAt : new Date(readAt + sinceRead * AFTER_READ_MS),
      subscriptionId: SUBSCRIPTION,
      oldQuantity: from,
      newQuantity: to,
      userName: undefined,
    })),
  };
}

/** Later than the second of the read, and within its step. */
const AFTER_READ_MS = 2_000;

/** What the ledger makes of a look at the open write of this row, as text. A time that has come counts as any other. */
export function verdictOn(row: Change, look: Look, settings: LedgerSettings): string {
  const open = openAttempt(row);
  const attempt = { number: open?.number ?? 0, looks: LOOKS };
  const made = decideProof(row, attempt, evidenceOf(row, look), momentOf(settings));
  if (!open || !made) throw new Error("A look at nothing.");
  const { action, errorCode, details } = made.audit;
  const wakeAt = made.wakeAt === undefined ? "never" : Math.min(0, ageOf(made.wakeAt));
  return JSON.stringify([
    open.from,
    open.to,
    scheduledSeats(open.schedule),
    action,
    errorCode,
    details?.["found"],
    wakeAt,
  ]);
}

/** The subscription as a read shows it. Without batches: orders and batches are not explored. */
function subscriptionOf({ seats, schedule }: Resource): Subscription {
  const scheduled = schedule === 0 ? undefined : aSchedule(schedule);
  return aSubscription({ quantity: seats, refundable: undefined, schedule: scheduled });
}

/** The seats that a schedule names. */
export function scheduledSeats(schedule: RenewalSchedule | undefined): number {
  return Number(schedule?.instructions?.["quantity"] ?? 0);
}
