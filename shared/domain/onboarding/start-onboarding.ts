import { AppError } from "../../errors";
import type { Actor } from "../access/actor";
import { BatchId, CustomerId, newId, type CspCustomerId, type ResellerId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { comparableName } from "../access/unique-name";
import { decide, type DecideDeps, type Decision } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { findAuthorizedReseller } from "../resellers/find-reseller";
import { getReseller, identityOf } from "../resellers/reseller";
import { enqueueSlice } from "./enqueue-slice";
import type { CustomerNaming, PlannedCustomer } from "./name-customers";
import {
  findOnboarding,
  onboardingRow,
  SLICE_SIZE,
  sliceRow,
  type OnboardingBatch,
  type OnboardingItem,
  type OnboardingSlice,
} from "./onboarding-batch";
import { planOnboarding, type OnboardingPlan, type PlannedItem } from "./plan-onboarding";
import { readCustomerFacts, readCustomerNames, type FactsDeps } from "./read-facts";

export interface OnboardingAsk {
  resellerId: ResellerId;
  cspCustomerIds: readonly CspCustomerId[];
  naming: CustomerNaming;
}

/**
 * What onboarding these customers would do (C67). Writes nothing, here or at Microsoft. Throws `notFound`,
 * `resellerNotAuthorized`, or what reading Partner Center's customer list throws.
 */
export async function previewOnboarding(deps: FactsDeps, actor: Actor, ask: OnboardingAsk): Promise<OnboardingPlan> {
  const { resellerId } = ask;
  const reseller = await findAuthorizedReseller(deps.store, resellerId);
  const customers = await readCustomerFacts(deps, identityOf(reseller), ask.cspCustomerIds, actor);
  const names = await readCustomerNames(deps.store, actor);
  return planOnboarding({ resellerId, customers, ...names }, ask.naming);
}

/**
 * Takes a batch in (C67): stored with its first message, nothing done yet. A repeated request answers what became of the
 * first. Throws `planStale` with the plan of now, `idempotencyKeyReused`, and what `previewOnboarding` throws.
 */
export async function startOnboarding(
  deps: DecideDeps & FactsDeps,
  request: WriteRequest,
  ask: OnboardingAsk & { planHash: string },
): Promise<{ batch: OnboardingBatch; items: OnboardingItem[] }> {
  const { resellerId } = ask;
  const earlier = await decide(deps, MSP_PARTITION, (decision) => findReplay(decision, request.idempotency));
  const batchId = earlier === undefined ? await storeNew(deps, request, ask) : BatchId.parse(earlier);
  return findOnboarding(deps.store, request.actor, { resellerId, batchId });
}

async function storeNew(
  deps: DecideDeps & FactsDeps,
  request: WriteRequest,
  ask: OnboardingAsk & { planHash: string },
): Promise<BatchId> {
  const plan = await previewOnboarding(deps, request.actor, ask);
  if (plan.planHash !== ask.planHash) {
    const message = "Something has changed since this was planned. Look at the new plan and apply that one.";
    throw new AppError("conflict", "planStale", message, { extensions: { plan } });
  }
  const id = BatchId.parse(newId(deps.clock(), deps.random(10)));
  const items = itemsOf(plan.items, () => CustomerId.parse(newId(deps.clock(), deps.random(10))));
  return decide(deps, MSP_PARTITION, async (decision) => {
    const replayed = await findReplay(decision, request.idempotency);
    if (replayed !== undefined) return BatchId.parse(replayed);
    if (!(await getReseller(decision, ask.resellerId))) {
      throw new AppError("not-found", "notFound", "The reseller has been deleted meanwhile.");
    }
    noteBatch(decision, request, { id, resellerId: ask.resellerId, items, plan });
    await remember(decision, request.idempotency, id);
    return id;
  });
}

function noteBatch(
  decision: Decision,
  request: WriteRequest,
  made: { id: BatchId; resellerId: ResellerId; items: readonly OnboardingItem[]; plan: OnboardingPlan },
): void {
  const { id, resellerId, items, plan } = made;
  const slices = Math.ceil(items.length / SLICE_SIZE);
  const by = auditedRequest(request);
  const batch: OnboardingBatch = {
    ...{ id, resellerId, by, slices, total: items.length, state: "Running" },
    requestedAt: decision.now.toISOString(),
    ...{ nextSlice: 0, enqueued: 0, tries: 0, deadLetters: 0 },
    counts: { connected: 0, alreadyConnected: 0, failed: 0 },
  };
  decision.create(onboardingRow(id), enqueueSlice(decision, batch));
  for (let slice = 0; slice < slices; slice++) {
    const part: OnboardingSlice = { items: items.slice(slice * SLICE_SIZE, (slice + 1) * SLICE_SIZE) };
    decision.create(sliceRow(id, slice), part);
  }
  decision.record({
    ...by,
    action: "onboarding.start",
    object: { type: "onboarding", id },
    resellerId,
    result: "success",
    after: { customers: items.length, ...plan.counts, planHash: plan.planHash },
  });
}

/** Customers that are to be created get their ids now: creating them is then safe to repeat. */
function itemsOf(planned: readonly PlannedItem[], newCustomerId: () => CustomerId): OnboardingItem[] {
  const created = new Map<string, CustomerId>();
  const recordOf = ({ name, customerId }: PlannedCustomer): OnboardingItem["customer"] => {
    if (customerId !== undefined) return { id: customerId, name, isNew: false };
    const key = comparableName(name);
    const id = created.get(key) ?? newCustomerId();
    created.set(key, id);
    return { id, name, isNew: true };
  };
  return planned.map((item): OnboardingItem => {
    const { cspCustomerId, displayName, domain } = item;
    const shown = { cspCustomerId, displayName, domain };
    if (item.outcome === "connect") return { ...shown, customer: recordOf(item.customer), outcome: "pending" };
    if (item.outcome === "alreadyConnected") return { ...shown, outcome: "alreadyConnected" };
    const { status, code, message } = item;
    return { ...shown, outcome: "failed", status, code, message };
  });
}
