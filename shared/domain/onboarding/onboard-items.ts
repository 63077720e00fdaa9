import { AppError } from "../../errors";
import type { Log } from "../access/log";
import { TenantId } from "../access/ids";
import { noteUseIn } from "../connections/reseller-use";
import { Customer, customerRow } from "../customers/customer";
import { noteCustomer } from "../customers/keep-customers";
import { decide, type DecideDeps, type Decision } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { NewerVersionError } from "../decisions/newer-version";
import { findAuthorizedReseller } from "../resellers/find-reseller";
import { getReseller, identityOf, type Reseller } from "../resellers/reseller";
import { inParallel } from "./in-parallel";
import { judgeCustomer, type CustomerFacts } from "./judge-customer";
import { onboardTenant, type PendingItem } from "./onboard-tenant";
import { requestedBy, type OnboardingBatch, type OnboardingItem } from "./onboarding-batch";
import { readCustomerFacts, type FactsDeps } from "./read-facts";

export interface OnboardDeps extends DecideDeps, FactsDeps {
  log: Log;
}

/** Tenants written at a time: each in a partition of its own. */
const WRITES = 6;

/**
 * Does what is left of a slice, each item by itself: one that cannot be done is answered and stops no other. An item
 * that met a failure of ours stays pending. Safe to repeat. Throws what concerns the whole slice: `resellerNotAuthorized`,
 * `notFound` when the reseller is gone, and what Partner Center's customer list throws.
 */
export async function onboardItems(
  deps: OnboardDeps,
  batch: OnboardingBatch,
  items: readonly PendingItem[],
): Promise<OnboardingItem[]> {
  const reseller = await findAuthorizedReseller(deps.store, batch.resellerId);
  const ids = items.map(({ cspCustomerId }) => cspCustomerId);
  // Whoever asked was checked when the batch was taken in.
  const facts = await readCustomerFacts(deps, identityOf(reseller), ids, undefined);
  const factsOf = new Map(facts.map((one) => [one.cspCustomerId, one]));
  const judged = items.map((item) => {
    const known = factsOf.get(item.cspCustomerId);
    if (!known) throw new Error("Facts were read for every item.");
    return { item, facts: known, verdict: judgeCustomer(known, batch.resellerId) };
  });
  const wanted = judged.filter(({ verdict }) => verdict.kind === "connect").map(({ item }) => item);
  const refused = wanted.length === 0 ? new Map<string, AppError>() : await prepare(deps, batch, wanted);
  return inParallel(WRITES, judged, async ({ item, facts: known }) => {
    const refusal = refused.get(item.cspCustomerId);
    return refusal ? failed(item, refusal) : onboardOne(deps, batch, item, { reseller, facts: known });
  });
}

/**
 * Makes the customers of a slice and notes the use of the reseller, all in one decision: the MSP's partition takes one
 * decision at a time, and many hundreds of small ones would keep everybody else waiting. Returns what cannot be made.
 */
async function prepare(
  deps: OnboardDeps,
  batch: OnboardingBatch,
  items: readonly PendingItem[],
): Promise<Map<string, AppError>> {
  return decide(deps, MSP_PARTITION, async (decision) => {
    const { resellerId } = batch;
    if (!(await getReseller(decision, resellerId))) {
      throw new AppError("not-found", "notFound", "The reseller has been deleted meanwhile.");
    }
    const customers = new Map(items.map(({ customer }) => [customer.id, customer]));
    const refusals = new Map(
      await inParallel(items.length, [...customers.values()], async (customer) => {
        return [customer.id, await refusalOf(() => ensureCustomer(decision, batch, customer))] as const;
      }),
    );
    const refused = new Map<string, AppError>();
    for (const { cspCustomerId, customer } of items) {
      const refusal = refusals.get(customer.id);
      if (refusal) refused.set(cspCustomerId, refusal);
    }
    const good = items.filter(({ cspCustomerId }) => !refused.has(cspCustomerId));
    if (good.length === 0) return refused;
    await inParallel(good.length, good, ({ cspCustomerId }) =>
      noteUseIn(decision, requestedBy(batch), { tenantId: TenantId.parse(cspCustomerId), resellerId }),
    );
    return refused;
  });
}

/** Creates the customer unless it is there: by this batch before, or by somebody else who was asked to share it. */
async function ensureCustomer(
  decision: Decision,
  batch: OnboardingBatch,
  { id, name, isNew }: PendingItem["customer"],
): Promise<void> {
  if (await decision.get(customerRow(id), Customer)) return;
  if (!isNew) throw new AppError("conflict", "customerDeleted", `The customer "${name}" has been deleted meanwhile.`);
  await noteCustomer(decision, requestedBy(batch), id, { name });
}

async function refusalOf(work: () => Promise<void>): Promise<AppError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

async function onboardOne(
  deps: OnboardDeps,
  batch: OnboardingBatch,
  item: PendingItem,
  known: { reseller: Reseller; facts: CustomerFacts },
): Promise<OnboardingItem> {
  try {
    const done = await onboardTenant(deps, batch, item, known);
    if (done.kind === "connected") return { ...item, outcome: "connected", steps: done.steps };
    if (done.kind === "alreadyConnected") return { ...item, outcome: "alreadyConnected" };
    const { status, code, message } = done;
    return { ...item, outcome: "failed", status, code, message };
  } catch (error) {
    // Counts as no try of the item: the whole slice waits for the version that may read it.
    if (error instanceof NewerVersionError) throw error;
    deps.log.error("a customer could not be onboarded yet", { batchId: batch.id, tenantId: item.cspCustomerId, error });
    return item;
  }
}

function failed(item: OnboardingItem, { code, message }: AppError): OnboardingItem {
  return { ...item, outcome: "failed", status: 409, code, message };
}
