import { z } from "zod";
import { TenantId, type BatchId } from "../access/ids";
import { connectedTenant } from "../connections/connect-tenant";
import { decide, type DecideDeps, type Decision } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import type { Reseller } from "../resellers/reseller";
import { announceTenant } from "../tenants/announce-tenant";
import { addedTenant, registeredTenant } from "../tenants/register-tenant";
import { Tenant, TENANT_ROW } from "../tenants/tenant";
import { judgeCustomer, type CustomerFacts, type Verdict } from "./judge-customer";
import { requestedBy, type OnboardingBatch, type OnboardingItem } from "./onboarding-batch";

/** An item that is still to be done. */
export type PendingItem = OnboardingItem & { customer: NonNullable<OnboardingItem["customer"]> };

type Steps = NonNullable<OnboardingItem["steps"]>;

/** What a batch did in the tenant's partition, in the transaction that did it: a repeat finds its own work and says so. */
const Done = z.object({ steps: z.array(z.enum(["registerTenant", "addTenant", "connect"])) });

function doneRow(id: BatchId): string {
  return `onboarded_${id}`;
}

/**
 * Registers, adds and connects one tenant in one transaction, with an audit entry for each, under the name of whoever
 * asked for the batch. Safe to repeat. Unlike a single add (C23) it asks for no consent: subscriptions, orders and changes
 * need the connection alone (product.md §12.1).
 */
export async function onboardTenant(
  deps: DecideDeps,
  batch: OnboardingBatch,
  item: PendingItem,
  known: { reseller: Reseller; facts: CustomerFacts },
): Promise<{ kind: "connected"; steps: Steps } | Exclude<Verdict, { kind: "connect" }>> {
  const tenantId = TenantId.parse(item.cspCustomerId);
  const foreseen = judgeCustomer(known.facts, batch.resellerId);
  if (known.facts.isUnreadable && foreseen.kind !== "connect") return foreseen;
  return decide(deps, tenantPartition(tenantId), async (decision) => {
    // In this order: a connection of this batch that another worker makes in between is seen as its own.
    const found = await decision.get(TENANT_ROW, Tenant);
    const done = await decision.get(doneRow(batch.id), Done);
    if (done) return { kind: "connected" as const, steps: done.value.steps };
    const isDisconnecting = decision.head.connection === "Disconnecting";
    const verdict = judgeCustomer({ ...known.facts, tenant: found?.value, isDisconnecting }, batch.resellerId);
    if (verdict.kind !== "connect") return verdict;
    const { tenant, steps } = takeSteps(decision, batch, item, { reseller: known.reseller, tenant: found?.value });
    if (found) decision.replace(found, tenant);
    else decision.create(TENANT_ROW, tenant);
    decision.create(doneRow(batch.id), { steps } satisfies z.infer<typeof Done>);
    announceTenant(decision, tenantId);
    return { kind: "connected" as const, steps };
  });
}

function takeSteps(
  decision: Decision,
  batch: OnboardingBatch,
  item: PendingItem,
  before: { reseller: Reseller; tenant: Tenant | undefined },
): { tenant: Tenant; steps: Steps } {
  const { cspCustomerId, customer, displayName, domain } = item;
  const { id: resellerId, displayName: resellerName } = before.reseller;
  const by = requestedBy(batch);
  const steps: Steps = [];
  let tenant = before.tenant;
  if (!tenant) {
    tenant = registeredTenant(decision, by, { tenantId: TenantId.parse(cspCustomerId), customer, displayName, domain });
    steps.push("registerTenant");
  }
  if (!tenant.inModule) {
    tenant = addedTenant(decision, by, tenant);
    steps.push("addTenant");
  }
  steps.push("connect");
  return { tenant: connectedTenant(decision, by, tenant, { resellerId, resellerName, cspCustomerId }), steps };
}
