import { recordSubscriptionOrder } from "../record-order";
import { isJsonObject, type Simulation } from "../route";
import type { SwitchValues } from "../switches";
import { DAY_MS, startOfDay } from "../terms";
import { skuKey, type CatalogSku, type Effect, type JsonObject, type Subscription } from "../world";
import { startTerm } from "./billing-update";
import { changeSubscription } from "./change-subscription";
import { cancelWindowMs, familyOf, isSeatBased, sellsTerm } from "./product-rules";
import { readInstructions, type RenewalTarget } from "./renewal-instructions";
import { resetLots } from "./seat-lots";

/** Extended service terms exist for what was bought or renewed since the one date and ends since the other. */
const EXTENSIBLE_BOUGHT_SINCE = Date.UTC(2025, 3, 1);
const EXTENSIBLE_ENDING_SINCE = Date.UTC(2026, 4, 4);

/**
 * The term is over: at 00:00 UTC of the day after its last day it renews (with what was scheduled), converts (trials),
 * goes into the extended service term, or ends (partner-center-api.md §4.4, §4.6, §9.4).
 */
export function endTerm(simulation: Simulation, subscription: Subscription, atMs: number): Effect[] {
  const { resource } = subscription;
  const ways = { simulation, subscription, atMs };
  if (resource.status === "suspended") return [end(ways, simulation.switches.suspendedTermEnd)];
  const action = termEndAction(resource.scheduledActions);
  if (!resource.autoRenewEnabled) {
    if (action?.type === "cancel") return [end(ways, "deleted")];
    const isAsked = action?.type === "renewtoextendedserviceterm";
    const goesOn = subscription.extendedServiceTerm || mayExtend(subscription, simulation.switches) || isAsked;
    return [goesOn ? extend(ways) : end(ways, "expired")];
  }
  const instructions = action?.instructions ?? resource.scheduledNextTermInstructions ?? undefined;
  return renew(ways, instructions && readInstructions(instructions, simulation.world.catalog));
}

/** Whether it continues month to month by itself when auto-renew is off and no end was scheduled. */
export function mayExtend(subscription: Subscription, switches: SwitchValues): boolean {
  return (
    switches.extendedServiceTerm &&
    isSeatBased(subscription) &&
    !subscription.resource.isTrial &&
    subscription.termBoughtAt >= EXTENSIBLE_BOUGHT_SINCE &&
    subscription.termEndsAt >= EXTENSIBLE_ENDING_SINCE
  );
}

interface TermEnd {
  simulation: Simulation;
  subscription: Subscription;
  atMs: number;
}

function termEndAction(
  actions: JsonObject[] | null | undefined,
): { type: string; instructions?: JsonObject } | undefined {
  const found = actions?.find((action) => String(action["scheduleType"]).toLowerCase() === "termend");
  if (!found) return undefined;
  const type = String(found["actionType"]).toLowerCase();
  return isJsonObject(found["instructions"]) ? { type, instructions: found["instructions"] } : { type };
}

function end({ simulation, subscription, atMs }: TermEnd, status: "expired" | "disabled" | "deleted"): Effect {
  return changeSubscription(simulation, subscription, atMs, () => {
    const { resource } = subscription;
    subscription.endedSuspended = resource.status === "suspended";
    resource.status = status;
    resource.autoRenewEnabled = false;
    clearPlans(resource);
    return undefined;
  });
}

/** Month to month, on an SKU of its own, given back at any time. */
function extend({ simulation, subscription, atMs }: TermEnd): Effect {
  return changeSubscription(simulation, subscription, atMs, () => {
    const { resource } = subscription;
    subscription.extendedServiceTerm = true;
    subscription.cancellableUntil = Infinity;
    const sku = simulation.world.catalog.get(skuKey(subscription.baseOfferId));
    const extension = sku?.extendedServiceTermSku;
    if (extension !== undefined && simulation.switches.extendedTermChangesSku) {
      resource.offerId = `${extension}:${subscription.baseOfferId.split(":")[2] ?? ""}`;
      resource.offerName = simulation.world.catalog.get(extension)?.title ?? resource.offerName;
    }
    resource.billingCycle = "monthly";
    clearPlans(resource);
    return beginTerm({ simulation, subscription, atMs }, "P1M");
  });
}

function renew(ways: TermEnd, target: RenewalTarget | undefined): Effect[] {
  const { simulation, subscription, atMs } = ways;
  if (!simulation.switches.renewalKeepsSubscriptionId && !subscription.resource.isTrial)
    return renewAsAnother(ways, target);
  return [changeSubscription(simulation, subscription, atMs, () => renewInPlace(ways, target))];
}

function renewInPlace(ways: TermEnd, target: RenewalTarget | undefined): string {
  const { simulation, subscription, atMs } = ways;
  const { resource } = subscription;
  const sku = target?.sku ?? simulation.world.catalog.get(skuKey(subscription.baseOfferId));
  const offerId = target?.offerId ?? subscription.baseOfferId;
  const termDuration = target?.termDuration ?? ownTerm(subscription, sku);
  subscription.baseOfferId = offerId;
  subscription.extendedServiceTerm = false;
  resource.offerId = offerId;
  if (sku) {
    resource.offerName = sku.title;
    resource.isTrial = sku.isTrial;
    subscription.minimumQuantity = sku.minimumQuantity;
    subscription.maximumQuantity = sku.maximumQuantity;
  }
  if (target) {
    resource.quantity = target.quantity;
    resource.billingCycle = target.billingCycle;
    if (target.promotionId !== undefined) resource["promotionId"] = target.promotionId;
    subscription.licencesChangedAt = atMs;
  }
  const waiting = readInstructions(asObject(resource["nextChargeInstructions"]), simulation.world.catalog);
  if (waiting && !target) resource.billingCycle = waiting.billingCycle;
  clearPlans(resource);
  const family = familyOf(subscription);
  subscription.cancellableUntil = atMs + cancelWindowMs(family, resource.isTrial);
  const customEnd = target?.customTermEndDate;
  const endsAt = customEnd === undefined ? undefined : startOfDay(Date.parse(customEnd)) + DAY_MS;
  return beginTerm(ways, termDuration, endsAt);
}

/** Back from the extended service term, the base may not be sold by the month. */
function ownTerm({ resource, extendedServiceTerm }: Subscription, sku: CatalogSku | undefined): string {
  if (!extendedServiceTerm || !sku || sellsTerm(sku, resource.termDuration)) return resource.termDuration;
  return "P1Y";
}

const asObject = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

/** Switch `renewalKeepsSubscriptionId` off: the old one is gone, a new one stands in its place. */
function renewAsAnother(ways: TermEnd, target: RenewalTarget | undefined): Effect[] {
  const { simulation, subscription, atMs } = ways;
  const { world } = simulation;
  const id = world.ids.guid();
  const next = structuredClone(subscription);
  Object.assign(next, { id, earlier: [], bornAt: atMs, updateCount: 0, version: 1 });
  Object.assign(next.resource, { id, creationDate: new Date(atMs).toISOString() });
  world.subscriptions.set(id, next);
  const ended = end(ways, "expired");
  const begun = changeSubscription(simulation, next, atMs, () => renewInPlace({ ...ways, subscription: next }, target));
  return [ended, { ...begun, quantityBefore: 0, delta: begun.quantityAfter, statusBefore: undefined, changed: ["id"] }];
}

function beginTerm({ simulation, subscription, atMs }: TermEnd, termDuration: string, endsAt?: number): string {
  const { switches } = simulation;
  const { resource } = subscription;
  // The queue may be late; the term still begins with the day after the last one.
  startTerm(subscription, termDuration, subscription.termEndsAt, endsAt);
  subscription.termBoughtAt = atMs;
  const order = recordSubscriptionOrder(simulation, subscription, "Renew", resource.quantity, atMs);
  if (switches.renewalChangesOrderId) resource.orderId = order.id;
  resetLots(subscription, order.id, atMs, switches);
  return order.id;
}

function clearPlans(resource: Subscription["resource"]): void {
  delete resource.scheduledActions;
  delete resource.scheduledNextTermInstructions;
  delete resource["nextChargeInstructions"];
}
