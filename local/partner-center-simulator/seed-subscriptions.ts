import { auditPast } from "./audit-records/audit-past";
import { catalogItemIdAt } from "./catalog/availability-ids";
import { playDueEvents } from "./clock-events";
import { recordOrder, recordSubscriptionOrder } from "./record-order";
import type { Simulation } from "./route";
import type { SubscriptionSeed } from "./seed";
import { changeSubscription } from "./subscriptions/change-subscription";
import { createSubscription } from "./subscriptions/create-subscription";
import { addLot } from "./subscriptions/seat-lots";
import { DAY_MS } from "./terms";
import type { CatalogSku, Subscription } from "./world";

/** Adds the subscriptions of a seed and plays their past: seats added, renewals, ends. The books start empty afterwards. */
export function seedSubscriptions(simulation: Simulation, seeds: SubscriptionSeed[]): void {
  for (const seed of seeds) seedSubscription(simulation, seed);
  auditPast(simulation);
  simulation.world.books.length = 0;
}

function seedSubscription(simulation: Simulation, seed: SubscriptionSeed): void {
  const now = simulation.clock.nowMs();
  const subscription = buy(simulation, seed, momentOf(now, seed.boughtAt, seed.boughtDaysAgo));
  for (const past of pastOf(seed, now)) {
    playDueEvents(simulation, subscription, past.atMs);
    past.run(simulation, subscription, past.atMs);
  }
  playDueEvents(simulation, subscription, now);
  const { scheduledActions, scheduledNextTermInstructions } = seed;
  if (scheduledActions) subscription.resource.scheduledActions = structuredClone(scheduledActions);
  if (scheduledNextTermInstructions) {
    subscription.resource.scheduledNextTermInstructions = structuredClone(scheduledNextTermInstructions);
  }
  Object.assign(subscription.resource, seed.more);
  // Nobody read the past, so no read can be stale.
  subscription.earlier = [];
  simulation.wakeAt(simulation.nextEventOf(subscription));
}

function buy(simulation: Simulation, seed: SubscriptionSeed, boughtAt: number): Subscription {
  const { world, switches, clock } = simulation;
  const customerId = seed.customerId.toLowerCase();
  const customer = world.customers.get(customerId);
  if (!customer) throw new Error(`The seed has no customer ${seed.customerId}.`);
  const isLegacy = !seed.sku.includes(":");
  const sku = world.catalog.get(seed.sku);
  if (!sku && !isLegacy) throw new Error(`The catalog has no ${seed.sku}.`);
  const { termDuration, billingCycle } = planOf(seed, sku);
  const offerId = sku ? catalogItemIdAt(sku, customer.country, boughtAt, switches.availabilityLifetimeDays) : seed.sku;
  const id = seed.id?.toLowerCase() ?? world.ids.guid();
  const friendlyName = seed.friendlyName ?? sku?.title ?? "Legacy offer";
  const line = { lineItemNumber: 0, offerId, subscriptionId: id, termDuration, transactionType: "New", friendlyName };
  const order = recordOrder(simulation, {
    customerId,
    partnerId: seed.partnerId,
    billingCycle,
    transactionType: "UserPurchase",
    lineItems: [{ ...line, quantity: seed.quantity }],
    at: boughtAt,
  });
  const { parentSubscriptionId, promotionId, customTermEndDate, pendingSeconds } = seed;
  const provisioningSeconds = pendingSeconds === undefined ? 0 : (clock.nowMs() - boughtAt) / 1000 + pendingSeconds;
  return createSubscription(simulation, {
    ...{ id, customerId, partnerId: seed.partnerId, sku, offerId, quantity: seed.quantity, termDuration, billingCycle },
    ...{ friendlyName, orderId: order.id, boughtAt, provisioningSeconds },
    ...(parentSubscriptionId === undefined ? {} : { parentSubscriptionId: parentSubscriptionId.toLowerCase() }),
    ...(promotionId === undefined ? {} : { promotionId }),
    ...(customTermEndDate === undefined ? {} : { customTermEndDate }),
    ...(seed.autoRenewEnabled === undefined ? {} : { more: { autoRenewEnabled: seed.autoRenewEnabled } }),
  });
}

/** One year billed monthly where that is sold; else the first plan of the SKU. */
function planOf(seed: SubscriptionSeed, sku: CatalogSku | undefined): { termDuration: string; billingCycle: string } {
  const sold = sku?.terms ?? [{ duration: "P1Y", billingCycle: "monthly" }];
  const usual = sold.find(
    (term) => term.duration === (seed.termDuration ?? "P1Y") && term.billingCycle === (seed.billingCycle ?? "monthly"),
  );
  const first = usual ?? sold.find((term) => term.duration === seed.termDuration) ?? sold[0];
  return {
    termDuration: seed.termDuration ?? first?.duration ?? "P1Y",
    billingCycle: seed.billingCycle ?? first?.billingCycle ?? "monthly",
  };
}

interface Past {
  atMs: number;
  run: (simulation: Simulation, subscription: Subscription, atMs: number) => void;
}

function pastOf(seed: SubscriptionSeed, nowMs: number): Past[] {
  const additions = (seed.added ?? []).map(({ quantity, at, daysAgo }): Past => ({
    atMs: momentOf(nowMs, at, daysAgo),
    run: (simulation, subscription, atMs) => addSeats(simulation, subscription, quantity, atMs),
  }));
  const { suspended } = seed;
  const suspension: Past[] = suspended
    ? [{ atMs: momentOf(nowMs, undefined, suspended.daysAgo), run: suspendFor(suspended.reasons) }]
    : [];
  return [...additions, ...suspension].sort((left, right) => left.atMs - right.atMs);
}

function addSeats(simulation: Simulation, subscription: Subscription, quantity: number, atMs: number): void {
  changeSubscription(simulation, subscription, atMs, () => {
    subscription.resource.quantity += quantity;
    const order = recordSubscriptionOrder(simulation, subscription, "AddQuantity", quantity, atMs);
    addLot(subscription, quantity, order.id, atMs, simulation.switches);
    subscription.licencesChangedAt = atMs;
    return order.id;
  });
}

const suspendFor =
  (reasons: string[] | undefined): Past["run"] =>
  (simulation, subscription, atMs) => {
    changeSubscription(simulation, subscription, atMs, () => {
      subscription.resource.status = "suspended";
      subscription.resource.suspensionReasons = reasons ?? [simulation.switches.partnerSuspensionReason];
      return undefined;
    });
  };

function momentOf(nowMs: number, at: string | undefined, daysAgo: number | undefined): number {
  return at === undefined ? nowMs - (daysAgo ?? 0) * DAY_MS : Date.parse(at);
}
