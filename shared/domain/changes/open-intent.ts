import { showsSchedule, type RenewalSchedule } from "../subscriptions/renewal-schedule";
import type { Subscription } from "../subscriptions/subscription";
import { attemptIds } from "./attempt-ids";
import { currentStep, type Attempt, type Change, type SavedSchedule, type SeatBatch, type Step } from "./change";
import type { LedgerSettings } from "./ledger-settings";
import type { Seen } from "./plan-write";
import { withoutWait } from "./transitions";

/** What a write is to do: another number of seats, or a schedule beside the seats as they are. */
export interface Intended {
  from: number;
  to: number;
  schedule?: RenewalSchedule;
}

/**
 * The intent of a write, before it is sent. Reuses the request id only where Microsoft may not have answered it. The
 * schedule that the write would delete is saved with the first one, and never replaced.
 */
export function withIntent(
  change: Change,
  intended: Intended,
  seen: Seen,
  now: Date,
  settings: LedgerSettings,
): Change {
  const { subscription, readAt } = seen.read;
  const attempts = change.steps.flatMap((step) => step.attempts);
  const last = currentStep(change)?.attempts.at(-1);
  const seenSchedule = scheduleSeenIn(subscription, now);
  // Not their count: one that was found at Microsoft after a restore has its own number.
  const number = Math.max(0, ...attempts.map((attempt) => attempt.number)) + 1;
  const ids = attemptIds(change, number);
  const isRepeated = !intended.schedule && change.savedSchedule !== undefined;
  const attempt: Attempt = {
    number,
    ...intended,
    requestId: last && mayReuseRequestId(last, intended) ? last.requestId : ids.requestId,
    correlationIds: [ids.correlationId],
    resellerId: change.resellerId,
    readAt: readAt.toISOString(),
    ...seenBatchesOf(subscription),
    seenOrderIds: seen.orderIds,
    ...(subscription.etag ? { etag: subscription.etag } : {}),
    ...(isRepeated && seenSchedule ? { seenSchedule } : {}),
    openedAt: now.toISOString(),
    sendBy: new Date(now.getTime() + settings.sendWindowMs).toISOString(),
    state: "open",
    looks: 0,
  };
  const kind = intended.schedule ? "restoreSchedule" : "write";
  const saved = kind === "write" ? withSavedSchedule(withoutWait(change), seenSchedule) : withoutWait(change);
  const steps = saved.steps.map((step) =>
    step.kind === kind ? { ...step, attempts: [...step.attempts, attempt] } : step,
  );
  return { ...saved, steps };
}

/** The steps of a change of seats, and the schedule it has to set again. */
function withSavedSchedule(change: Change, seen: SavedSchedule | undefined): Change {
  const steps: Step[] = change.steps.length > 0 ? change.steps : [{ kind: "write", state: "open", attempts: [] }];
  if (change.savedSchedule || !seen) return { ...change, steps };
  return {
    ...change,
    savedSchedule: seen,
    steps: [...steps, { kind: "restoreSchedule", state: "open", attempts: [] }],
  };
}

function scheduleSeenIn({ schedule, quantity, autoRenew }: Subscription, now: Date): SavedSchedule | undefined {
  return schedule && { schedule, quantity, autoRenew, savedAt: now.toISOString() };
}

function seenBatchesOf({ refundable }: Subscription): { seenBatches?: SeatBatch[] } {
  if (!refundable) return {};
  return {
    seenBatches: refundable.batches.map(({ quantity, allowedUntil }) => ({
      quantity,
      allowedUntil: allowedUntil.toISOString(),
    })),
  };
}

/** Same id only while the last attempt had no answer, 408 or 5xx, and asked for the same (change ledger §4). */
function mayReuseRequestId(last: Attempt, { to, schedule }: Intended): boolean {
  const status = last.answer?.status;
  const unanswered = last.answer === undefined || last.answer.kind === "unknown";
  const isSame = last.to === to && (schedule === undefined || showsSchedule(last.schedule, schedule));
  return unanswered && isSame && (status === undefined || status === 408 || status >= 500);
}
