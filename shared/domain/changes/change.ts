import { z } from "zod";
import { BatchId, ChangeId, CspCustomerId, ResellerId, SubscriptionId, TenantId } from "../access/ids";
import { RenewalSchedule } from "../subscriptions/renewal-schedule";

/** States of the change ledger §3. */
export const ChangeState = z.enum([
  "PendingApproval",
  "PendingPurchase",
  "Purchasing",
  "NeedsReview",
  "Scheduled",
  "Completed",
  "PurchaseFailed",
  "Rejected",
  "Cancelled",
]);
export type ChangeState = z.infer<typeof ChangeState>;

const FINAL_STATES: readonly ChangeState[] = ["Completed", "PurchaseFailed", "Rejected", "Cancelled"];

/** True when nothing will happen to the change any more by itself. */
export function isFinal(state: ChangeState): boolean {
  return FINAL_STATES.includes(state);
}

/** Why a released change waits although nothing is wrong with it. Parking never fails a change. */
export const ParkedReason = z.enum(["throttled", "resellerNotAuthorized", "writesOff", "capReached"]);
export type ParkedReason = z.infer<typeof ParkedReason>;

/** What is wanted: an edit names both ends, a request or a rule names the difference (change ledger §1). */
export const Ask = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("set"), expectedFrom: z.int().nonnegative(), to: z.int().positive() }),
  z.object({ kind: z.literal("add"), delta: z.int() }),
]);
export type Ask = z.infer<typeof Ask>;

/** Seats added together, as the subscription shows them while they can still be given back. */
export const SeatBatch = z.object({ quantity: z.int(), allowedUntil: z.iso.datetime() });
export type SeatBatch = z.infer<typeof SeatBatch>;

const Answer = z.object({
  at: z.iso.datetime(),
  kind: z.enum(["done", "refused", "later", "unknown", "notSent"]),
  status: z.int().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
});

const Proof = z.object({
  at: z.iso.datetime(),
  by: z.enum(["answer", "auditRecord", "order", "seatBatch", "readBack", "absence", "operator"]),
  reference: z.string().optional(),
});

/** What Microsoft's record of our write found, where that is not what we had read: somebody was there in between. */
const Found = z.object({ quantity: z.int(), userName: z.string().optional(), recordId: z.string().optional() });
export type Found = z.infer<typeof Found>;

/** The renewal schedule that a write deletes, as the read it is based on showed it. */
const SavedSchedule = z.object({
  schedule: RenewalSchedule,
  /** Seats and auto-renewal of that moment: what the schedule was made for. */
  quantity: z.int().nonnegative(),
  autoRenew: z.boolean(),
  savedAt: z.iso.datetime(),
});
export type SavedSchedule = z.infer<typeof SavedSchedule>;

/**
 * One intended write. It is stored, open, before anything is sent; `open` means it may have had an effect at
 * Microsoft, and nothing else is sent for this change until that is settled.
 */
export const Attempt = z.object({
  number: z.int().positive(),
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  requestId: z.string(),
  correlationIds: z.array(z.string()).min(1),
  resellerId: ResellerId,
  /** The moment, by Microsoft's clock, of the read this write is based on. */
  readAt: z.iso.datetime(),
  /** Absent when the read told none: then no batch can be called new later. */
  seenBatches: z.array(SeatBatch).optional(),
  seenOrderIds: z.array(z.string()),
  etag: z.string().optional(),
  /** Of a repeated write: the schedule it deletes, where its read showed one; the first one's is the change's own. */
  seenSchedule: SavedSchedule.optional(),
  /** Of a `restoreSchedule`: what it writes; `from` and `to` are both the seats as read. */
  schedule: RenewalSchedule.optional(),
  openedAt: z.iso.datetime(),
  sendBy: z.iso.datetime(),
  state: z.enum(["open", "applied", "notApplied"]),
  answer: Answer.optional(),
  proof: Proof.optional(),
  found: Found.optional(),
  looks: z.int().nonnegative().default(0),
  nextLookAt: z.iso.datetime().optional(),
});
export type Attempt = z.infer<typeof Attempt>;

/**
 * A part of a change with intents and proof of its own, in this order. The change is completed when none is open.
 * Only a `restoreSchedule` can be given up: by then the seats are bought, and the outcome says what became of it.
 */
const Step = z.object({
  kind: z.enum(["write", "restoreSchedule"]),
  state: z.enum(["open", "done", "givenUp"]),
  attempts: z.array(Attempt),
});
export type Step = z.infer<typeof Step>;

const Outcome = z.object({
  at: z.iso.datetime(),
  /** `applied`, `unchanged`, or the error code that ended it. */
  code: z.string(),
  message: z.string(),
  quantityBefore: z.int().optional(),
  quantityAfter: z.int().optional(),
  microsoftCode: z.string().optional(),
  finding: z.enum(["overwroteExternalChange", "foundAfterRestore"]).optional(),
  /** What became of the renewal schedule, where there was one. */
  schedule: z.enum(["restored", "replacedByOthers", "notRestored"]).optional(),
});

/** Something a person did to a change, with what it was before: rows forget their former outcome, people ask for it. */
export const Intervention = z.object({
  at: z.iso.datetime(),
  action: z.enum(["resolve", "lookAgain", "cancel", "retry"]),
  by: z.string(),
  reason: z.string().optional(),
  /** Of `resolve`: what the person found out. */
  finding: z.enum(["applied", "notApplied"]).optional(),
  before: z.object({ state: ChangeState, outcome: Outcome.optional() }),
});
export type Intervention = z.infer<typeof Intervention>;

/** What a change is about; kinds differ in their rules, the life is common. */
export const ChangeKind = z.enum(["quantity"]);

/** One thing that costs or saves money, from the ask to its proof. */
export const Change = z.object({
  id: ChangeId,
  tenantId: TenantId,
  /** What its ids at Microsoft are made of (`attempt-ids.ts`): the request that asked for it. */
  origin: z.string().optional(),
  kind: ChangeKind,
  source: z.enum(["edit", "request", "automation"]),
  subscriptionId: SubscriptionId,
  subscriptionName: z.string(),
  ask: Ask,
  resellerId: ResellerId,
  cspCustomerId: CspCustomerId,
  state: ChangeState,
  released: z.boolean(),
  dueAt: z.iso.datetime().optional(),
  parkedReason: ParkedReason.optional(),
  /** Number of the newest message about this change, and when it was written. */
  enqueued: z.int().nonnegative(),
  enqueuedAt: z.iso.datetime(),
  deadLetters: z.int().nonnegative().default(0),
  /** How often a worker took the subscription's lane for this change. */
  claims: z.int().nonnegative().default(0),
  steps: z.array(Step),
  /** Stored with the first intent that would delete a schedule, and never replaced. */
  savedSchedule: SavedSchedule.optional(),
  requestedBy: z.object({ kind: z.enum(["user", "app", "automation"]), id: z.string(), name: z.string() }),
  requestedAt: z.iso.datetime(),
  reason: z.string().optional(),
  correlationId: z.string().optional(),
  batchId: BatchId.optional(),
  outcome: Outcome.optional(),
  /** What people did to it after it was asked for, oldest first. */
  interventions: z.array(Intervention).optional(),
  /** What the reconciliation after a restore made of it. */
  recovery: z
    .object({
      ...{ backup: z.string(), restoredAt: z.iso.datetime(), at: z.iso.datetime() },
      /** Found done at Microsoft; untouched since the backup; or nobody can prove which, and a person decides. */
      became: z.enum(["found", "kept", "held"]),
    })
    .optional(),
  /** When somebody last asked for another round: earlier attempts no longer count against the budget. */
  retriedAt: z.iso.datetime().optional(),
});
export type Change = z.infer<typeof Change>;

/** The exclusive right to write to one subscription (change ledger §4.3). */
export const Lane = z.object({
  changeId: ChangeId.optional(),
  verifiedQuantity: z.int().optional(),
  verifiedAt: z.iso.datetime().optional(),
});
export type Lane = z.infer<typeof Lane>;

export function changeRow(id: ChangeId): string {
  return `change_${id}`;
}
export const CHANGE_PREFIX = "change_";

export function laneRow(id: SubscriptionId): string {
  return `lane_${id}`;
}

/** The attempt that may have had an effect and is not settled yet. */
export function openAttempt(change: Change): Attempt | undefined {
  return change.steps.flatMap((step) => step.attempts).find((attempt) => attempt.state === "open");
}

/** The step that is to be done next; undefined before the first intent, and when all are done. */
export function currentStep(change: Change): Step | undefined {
  return change.steps.find(({ state }) => state === "open");
}

/** The write that changed the seats. From then on the change can neither fail nor be cancelled: they are bought. */
export function writtenAttempt(change: Change): Attempt | undefined {
  const write = change.steps.find(({ kind }) => kind === "write");
  return write?.attempts.find(({ state }) => state === "applied");
}

/** The schedule to set again: the one our write deleted, or the first one saved, if nothing stood there by then. */
export function scheduleToRestore(change: Change): SavedSchedule | undefined {
  return writtenAttempt(change)?.seenSchedule ?? change.savedSchedule;
}

/**
 * How often Microsoft really dealt with the current step, or may have: what the attempt budget counts. What was never
 * sent, throttled or refused for its sign-in parks the change, and parking never fails one (change ledger §3).
 */
export function sendsSoFar(change: Change): number {
  const { retriedAt } = change;
  return (currentStep(change)?.attempts ?? [])
    .filter(({ openedAt }) => retriedAt === undefined || Date.parse(openedAt) >= Date.parse(retriedAt))
    .filter(({ answer }) => !answer || !wasTurnedAway(answer)).length;
}

const TURNED_AWAY = [401, 429];

function wasTurnedAway({ kind, status }: NonNullable<Attempt["answer"]>): boolean {
  return kind === "notSent" || (kind === "later" && status !== undefined && TURNED_AWAY.includes(status));
}
