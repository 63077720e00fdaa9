import { z } from "zod";
import { AppError } from "../../errors";
import type { Actor } from "../access/actor";
import { BatchId, CspCustomerId, CustomerId, ResellerId } from "../access/ids";
import type { AuditedRequest } from "../access/request-facts";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";

/** What became of one customer so far. */
export const OnboardingItem = z.object({
  cspCustomerId: CspCustomerId,
  displayName: z.string(),
  domain: z.string(),
  /** The customer record it comes under; one that does not exist yet has its id already. Absent where nothing is done. */
  customer: z.object({ id: CustomerId, name: z.string(), isNew: z.boolean() }).optional(),
  outcome: z.enum(["pending", "connected", "alreadyConnected", "failed"]),
  /** What this batch did for it in its own partition. */
  steps: z.array(z.enum(["registerTenant", "addTenant", "connect"])).optional(),
  status: z.int().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
});
export type OnboardingItem = z.infer<typeof OnboardingItem>;

export const ParkedReason = z.enum(["throttled", "resellerNotAuthorized", "outage"]);
export type ParkedReason = z.infer<typeof ParkedReason>;

/**
 * A batch of customers that are onboarded one slice after the other. Its items stand in rows of their own, one per slice,
 * so that neither the limit of a row nor that of a transaction is ever near (azure-platform.md §2.1).
 */
export const OnboardingBatch = z.object({
  id: BatchId,
  resellerId: ResellerId,
  by: z.object({
    actor: z.object({ kind: z.enum(["user", "app", "automation"]), id: z.string(), name: z.string() }),
    correlationId: z.string(),
    clientIp: z.string().optional(),
  }),
  requestedAt: z.iso.datetime(),
  state: z.enum(["Running", "Finished"]),
  finishedAt: z.iso.datetime().optional(),
  total: z.int(),
  slices: z.int(),
  /** The slice that is next, or being done. */
  nextSlice: z.int(),
  /** Number of the newest message about it; older ones are void. */
  enqueued: z.int(),
  /** Of the slices done. */
  counts: z.object({ connected: z.int(), alreadyConnected: z.int(), failed: z.int() }),
  /** Why it waits, and until when; absent while it goes on. */
  parkedReason: ParkedReason.optional(),
  dueAt: z.iso.datetime().optional(),
  parkedSince: z.iso.datetime().optional(),
  /** Tries of the present slice that came to nothing. */
  tries: z.int(),
  deadLetters: z.int(),
  /** It waited too long: what is left is answered with this. */
  givenUp: z.object({ status: z.int(), code: z.string(), message: z.string() }).optional(),
});
export type OnboardingBatch = z.infer<typeof OnboardingBatch>;

export const OnboardingSlice = z.object({ items: z.array(OnboardingItem) });
export type OnboardingSlice = z.infer<typeof OnboardingSlice>;

/**
 * Items of a slice. One decision makes their customers: for each at most a customer, its name, the use of the reseller
 * and two audit entries, so 18 of them stay below the 100 rows a transaction can hold.
 */
export const SLICE_SIZE = 18;

export function onboardingRow(id: BatchId): string {
  return `onboarding_${id}`;
}

const SLICE_PREFIX = "onboardingslice_";

export function sliceRow(id: BatchId, slice: number): string {
  return `${SLICE_PREFIX}${id}_${String(slice).padStart(3, "0")}`;
}

/** Under whose name the audit log has what the batch does. */
export function requestedBy({ by: { clientIp, ...by } }: OnboardingBatch): AuditedRequest {
  return { ...by, ...(clientIp === undefined ? {} : { clientIp }) };
}

/** A batch with all its items, in the order they were asked for. Throws `notFound`, also when it is none of the caller's. */
export async function findOnboarding(
  store: StateStore,
  actor: Actor,
  ask: { resellerId: ResellerId; batchId: BatchId },
): Promise<{ batch: OnboardingBatch; items: OnboardingItem[] }> {
  const found = await store.get(MSP_PARTITION, onboardingRow(ask.batchId));
  const batch = found && OnboardingBatch.parse(found.value);
  const isOwn = actor.scope.kind === "all" || batch?.by.actor.id === actor.id;
  if (batch?.resellerId !== ask.resellerId || !isOwn) {
    throw new AppError("not-found", "notFound", "No such onboarding.");
  }
  const { rows } = await store.list(MSP_PARTITION, { prefix: `${SLICE_PREFIX}${batch.id}_`, limit: batch.slices });
  return { batch, items: rows.flatMap(({ value }) => OnboardingSlice.parse(value).items) };
}
