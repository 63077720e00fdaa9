import type { Simulation } from "../route";
import { endOfCharge, endOfTerm, isoTime, lastDayOf, lastSecondOf, startOfDay, termMonths } from "../terms";
import type { CatalogSku, Effect, JsonObject, Subscription, SubscriptionResource } from "../world";
import { cancelWindowMs, decreaseWindowMs, productFamily } from "./product-rules";

export interface NewSubscription {
  /** Default: a new one. */
  id?: string;
  customerId: string;
  partnerId: string;
  /** Absent: a legacy offer, which is in no catalog. */
  sku?: CatalogSku | undefined;
  offerId: string;
  quantity: number;
  termDuration: string;
  billingCycle: string;
  orderId: string;
  friendlyName?: string;
  parentSubscriptionId?: string;
  promotionId?: string;
  /** The first term ends with this day (ISO date). */
  customTermEndDate?: string;
  /** Trials: term after the conversion. */
  renewsTo?: { termDuration: string };
  /** Epoch milliseconds; default: now. */
  boughtAt?: number;
  /** Default: switch `provisioningSeconds`. */
  provisioningSeconds?: number;
  /** Moment until which it may be cancelled (a partial transition inherits the window of its source). */
  cancellableUntil?: number;
  /** More fields of the resource; they win. */
  more?: JsonObject;
}

/** Adds a subscription to the world: pending until provisioned, with one seat lot and its windows. */
export function createSubscription(simulation: Simulation, input: NewSubscription): Subscription {
  const { world, clock, switches } = simulation;
  const boughtAt = input.boughtAt ?? clock.nowMs();
  const id = input.id ?? world.ids.guid();
  const resource = buildResource(input, id, boughtAt);
  const family = productFamily(resource);
  const windowEnd = boughtAt + cancelWindowMs(family, resource.isTrial);
  const cancellableUntil = input.cancellableUntil ?? windowEnd;
  const decreaseWindow = decreaseWindowMs(family, resource.isTrial);
  const provisionedAt = boughtAt + (input.provisioningSeconds ?? switches.provisioningSeconds) * 1000;
  const termStart = startOfDay(boughtAt);
  const termEndsAt = termEnd(input, boughtAt);
  const subscription: Subscription = {
    id,
    customerId: input.customerId,
    partnerId: input.partnerId,
    resource,
    lots: [
      {
        quantity: resource.quantity,
        addedAt: boughtAt,
        removableUntil: decreaseWindow === 0 ? 0 : Math.min(boughtAt + decreaseWindow, cancellableUntil),
        orderId: input.orderId,
      },
    ],
    minimumQuantity: input.sku?.minimumQuantity ?? 1,
    maximumQuantity: input.sku?.maximumQuantity ?? 10_000,
    baseOfferId: input.offerId,
    extendedServiceTerm: false,
    termBoughtAt: boughtAt,
    cancellableUntil,
    termEndsAt,
    chargeEndsAt: endOfCharge(termStart, termEndsAt, resource.billingCycle, boughtAt),
    statusSince: boughtAt,
    endedSuspended: false,
    provisionedAt,
    licencesChangedAt: boughtAt,
    transitions: [],
    updateCount: 0,
    version: 1,
    earlier: [],
    bornAt: boughtAt,
  };
  if (provisionedAt <= boughtAt && resource.status === "pending") resource.status = "active";
  world.subscriptions.set(id, subscription);
  simulation.wakeAt(Math.min(provisionedAt, subscription.chargeEndsAt, termEndsAt));
  return subscription;
}

/** What the purchase did, for the books. */
export function purchaseEffect(subscription: Subscription): Effect {
  const { quantity, status } = subscription.resource;
  return {
    subscriptionId: subscription.id,
    quantityBefore: 0,
    quantityAfter: quantity,
    delta: quantity,
    statusBefore: undefined,
    statusAfter: status,
    changed: ["id"],
    orderId: subscription.resource.orderId,
  };
}

function termEnd(input: NewSubscription, boughtAt: number): number {
  if (input.customTermEndDate !== undefined) return startOfDay(Date.parse(input.customTermEndDate)) + 86_400_000;
  const months = termMonths(input.termDuration);
  return months === undefined ? Infinity : endOfTerm(startOfDay(boughtAt), months);
}

/** A date far in the future stands for "no end" (legacy and perpetual offers). */
const NO_END = "9999-12-14T00:00:00Z";

function buildResource(input: NewSubscription, id: string, boughtAt: number): SubscriptionResource {
  const { sku } = input;
  const end = termEnd(input, boughtAt);
  const title = sku?.title ?? "Legacy offer";
  const isTrial = sku?.isTrial ?? false;
  return {
    id,
    offerId: input.offerId,
    offerName: title,
    friendlyName: input.friendlyName ?? title,
    ...(sku ? { productType: { ...sku.productType } } : {}),
    quantity: input.quantity,
    unitType: "Licenses",
    ...(input.parentSubscriptionId === undefined ? {} : { parentSubscriptionId: input.parentSubscriptionId }),
    hasPurchasableAddons: false,
    creationDate: new Date(boughtAt).toISOString(),
    effectiveStartDate: isoTime(startOfDay(boughtAt)),
    commitmentEndDate: Number.isFinite(end) ? lastDayOf(end) : NO_END,
    ...(Number.isFinite(end) ? { commitmentEndDateTime: lastSecondOf(end) } : {}),
    status: "pending",
    autoRenewEnabled: Number.isFinite(end),
    isTrial,
    billingType: "license",
    billingCycle: input.billingCycle.toLowerCase(),
    termDuration: input.termDuration,
    renewalTermDuration: "",
    ...(input.promotionId === undefined ? {} : { promotionId: input.promotionId }),
    ...(isTrial && sku ? { scheduledNextTermInstructions: conversionInstructions(input, sku) } : {}),
    isMicrosoftProduct: sku?.publisherName.startsWith("Microsoft") ?? true,
    publisherName: sku?.publisherName ?? "Microsoft Corporation",
    actions: ["edit", "cancel"],
    attentionNeeded: false,
    actionTaken: false,
    contractType: "subscription",
    orderId: input.orderId,
    attributes: { objectType: "Subscription" },
    ...input.more,
  };
}

function conversionInstructions(input: NewSubscription, sku: CatalogSku): JsonObject {
  const [productId = sku.productId, skuId = sku.skuId] = (sku.convertsTo ?? "").split(":").filter(Boolean);
  const availabilityId = input.offerId.split(":")[2] ?? "";
  const termDuration = input.renewsTo?.termDuration ?? "P1Y";
  const product = { productId, skuId, availabilityId, billingCycle: "monthly", termDuration };
  return { product, quantity: input.quantity };
}
