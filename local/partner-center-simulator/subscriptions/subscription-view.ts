import type { SwitchValues } from "../switches";
import { HOUR_MS, isoTime, lastDayOf, lastSecondOf } from "../terms";
import type { JsonObject, SeatLot, Subscription, SubscriptionResource } from "../world";
import { familyOf } from "./product-rules";
import { removableLots } from "./seat-lots";

/** Fields of the view that no client can write and that are not stored. */
export const derivedFields = [
  "billingCycleEndDate",
  "billingCycleEndDateTime",
  "cancellationAllowedUntilDate",
  "refundOptions",
  "refundableQuantity",
  "links",
] as const;

/** The state that is shown: the present one, or an earlier one for a stale read. */
export interface ShownState {
  resource: SubscriptionResource;
  lots: SeatLot[];
}

/** A subscription as a client sees it (partner-center-api.md §4.2, §5). */
export function subscriptionView(
  subscription: Subscription,
  shown: ShownState,
  options: { switches: SwitchValues; nowMs: number; byId: boolean },
): JsonObject {
  const { switches, nowMs, byId } = options;
  const resource = structuredClone(shown.resource);
  const { chargeEndsAt, cancellableUntil } = subscription;
  const isEnded = resource.status === "deleted" || resource.status === "expired" || resource.status === "disabled";
  return {
    ...resource,
    status: switches.unknownEnumValues && resource.status === "expired" ? "lapsed" : resource.status,
    ...scheduledActionsView(resource, switches),
    ...(Number.isFinite(chargeEndsAt)
      ? { billingCycleEndDate: lastDayOf(chargeEndsAt), billingCycleEndDateTime: lastSecondOf(chargeEndsAt) }
      : {}),
    cancellationAllowedUntilDate: isEnded ? null : deadline(subscription, cancellableUntil),
    ...refundOptionsView(subscription, resource, switches, nowMs),
    ...(byId || switches.refundableQuantityInLists ? { refundableQuantity: refundable(shown, nowMs) } : {}),
    links: linksOf(subscription, resource),
    attributes: { ...resource.attributes, ...etagView(subscription, switches) },
  };
}

/** The present etag, or none: new commerce subscriptions mostly have none (switch `subscriptionEtags`). */
export function etagOf(subscription: Subscription, switches: SwitchValues): string | undefined {
  const { subscriptionEtags } = switches;
  const hasEtag =
    subscriptionEtags === "all" || (subscriptionEtags === "legacy" && familyOf(subscription) === "legacy");
  if (!hasEtag) return undefined;
  return Buffer.from(`${subscription.id} ${subscription.version}`).toString("base64");
}

function etagView(subscription: Subscription, switches: SwitchValues): JsonObject {
  const etag = etagOf(subscription, switches);
  return etag === undefined ? {} : { etag };
}

function scheduledActionsView(resource: SubscriptionResource, switches: SwitchValues): JsonObject {
  const actions = resource.scheduledActions;
  if (!actions) return {};
  if (!switches.scheduledActionsReturned) return { scheduledActions: undefined };
  if (switches.scheduleTypeSpelling === "scheduleType") return {};
  return { scheduledActions: actions.map(({ scheduleType, ...rest }) => ({ scheduledType: scheduleType, ...rest })) };
}

/** A window without end is shown as the end of the term, or as a date far away. */
function deadline(subscription: Subscription, untilMs: number): string {
  if (Number.isFinite(untilMs)) return isoTime(untilMs);
  return Number.isFinite(subscription.termEndsAt) ? lastSecondOf(subscription.termEndsAt) : "9999-12-31T23:59:59Z";
}

function refundOptionsView(
  subscription: Subscription,
  resource: SubscriptionResource,
  switches: SwitchValues,
  nowMs: number,
): JsonObject {
  const family = familyOf(subscription);
  if (family === "seats" && !switches.refundOptionsOnSeats) return {};
  const { cancellableUntil, termBoughtAt } = subscription;
  const isCancellable = resource.status === "active" || resource.status === "suspended";
  if (!isCancellable || resource.isTrial || nowMs >= cancellableUntil) return { refundOptions: [] };
  const expiresAt = Number.isFinite(cancellableUntil) ? isoTime(cancellableUntil) : null;
  if (family === "perpetual" || family === "marketplace") return { refundOptions: [{ type: "Full", expiresAt }] };
  const fullUntil = Math.min(termBoughtAt + switches.fullRefundHours * HOUR_MS, cancellableUntil);
  const full = nowMs < fullUntil ? [{ type: "Full", expiresAt: isoTime(fullUntil) }] : [];
  return { refundOptions: [...full, { type: "Partial", expiresAt }] };
}

/** Null while suspended: no seat can change then. */
function refundable({ resource, lots }: ShownState, nowMs: number): JsonObject | null {
  if (resource.status !== "active") return null;
  const details = removableLots(lots, nowMs).map((lot) => ({
    quantity: lot.quantity,
    allowedUntilDateTime: Number.isFinite(lot.removableUntil) ? isoTime(lot.removableUntil) : null,
  }));
  return { totalQuantity: details.reduce((sum, { quantity }) => sum + quantity, 0), details };
}

function linksOf(subscription: Subscription, resource: SubscriptionResource): JsonObject {
  const get = (uri: string): JsonObject => ({ uri, method: "GET", headers: [] });
  const [productId, skuId, availabilityId] = resource.offerId.split(":");
  const self = get(`/customers/${subscription.customerId}/subscriptions/${subscription.id}`);
  if (skuId === undefined) return { offer: get(`/offers/${resource.offerId}`), self };
  const product = `/products/${productId}`;
  const parent = resource.parentSubscriptionId;
  return {
    product: get(product),
    sku: get(`${product}/skus/${skuId}`),
    availability: get(`${product}/skus/${skuId}/availabilities/${availabilityId}`),
    ...(parent === undefined
      ? {}
      : { parentSubscription: get(`/customers/${subscription.customerId}/subscriptions/${parent}`) }),
    self,
  };
}
