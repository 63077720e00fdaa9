import type { CatalogEntry } from "../catalog/catalog-entry";
import type { AuditContent } from "../audit-trail";
import { lineText } from "./order-line";
import { recordOrder } from "../record-order";
import type { Simulation } from "../route";
import { createSubscription, purchaseEffect } from "../subscriptions/create-subscription";
import type { Customer, Effect, JsonObject, Order, Subscription } from "../world";

/** One line of an order to be. */
export interface PurchaseLine {
  entry: CatalogEntry;
  /** `productId:skuId:availabilityId`. */
  offerId: string;
  quantity: number;
  termDuration: string;
  friendlyName?: string | undefined;
  promotionId?: string | undefined;
  customTermEndDate?: string | undefined;
  renewsTo?: { termDuration: string } | undefined;
  /** The base of an add-on: an earlier line of the same order, or an existing subscription. */
  parentLine?: number | undefined;
  parentSubscriptionId?: string | undefined;
  partnerIdOnRecord?: string | undefined;
  additionalPartnerIdsOnRecord?: string[] | undefined;
  attestationAccepted?: boolean | undefined;
}

/** What becomes one order: lines with one billing cycle. */
export interface Purchase {
  customer: Customer;
  partnerId: string;
  billingCycle: string;
  lines: PurchaseLine[];
}

/** The part of an audit record that an order fills. */
type OrderAudit = Omit<AuditContent, "operation" | "resourceType" | "customerId">;

interface Purchased {
  order: Order;
  effects: Effect[];
  audit: OrderAudit;
}

/** Writes the order and its subscriptions, pending until they are provisioned. Everything was checked before. */
export function makePurchase(simulation: Simulation, purchase: Purchase): Purchased {
  const { customer, partnerId, billingCycle } = purchase;
  const order = recordOrder(simulation, {
    customerId: customer.id,
    partnerId,
    billingCycle,
    transactionType: "UserPurchase",
    lineItems: [],
  });
  const made: (Subscription | undefined)[] = [];
  for (const [lineItemNumber, line] of purchase.lines.entries()) {
    const subscription = subscribe(simulation, purchase, order, line, made);
    made.push(subscription);
    order.resource.lineItems.push(lineResource(line, lineItemNumber, subscription, order));
  }
  const effects = made.filter((subscription) => subscription !== undefined).map(purchaseEffect);
  return { order, effects, audit: auditOf(order) };
}

/** Perpetual software is a licence key, not a subscription: its line never gets a subscription id. */
function subscribe(
  simulation: Simulation,
  purchase: Purchase,
  order: Order,
  line: PurchaseLine,
  made: (Subscription | undefined)[],
): Subscription | undefined {
  if (line.entry.kind === "perpetual-software") return undefined;
  const parent = line.parentSubscriptionId ?? (line.parentLine === undefined ? undefined : made[line.parentLine]?.id);
  return createSubscription(simulation, {
    customerId: purchase.customer.id,
    partnerId: purchase.partnerId,
    sku: line.entry,
    offerId: line.offerId,
    quantity: line.quantity,
    termDuration: line.termDuration,
    billingCycle: purchase.billingCycle,
    orderId: order.id,
    ...(line.friendlyName === undefined ? {} : { friendlyName: line.friendlyName }),
    ...(parent === undefined ? {} : { parentSubscriptionId: parent }),
    ...(line.promotionId === undefined ? {} : { promotionId: line.promotionId }),
    ...(line.customTermEndDate === undefined ? {} : { customTermEndDate: line.customTermEndDate }),
    ...(line.renewsTo === undefined ? {} : { renewsTo: line.renewsTo }),
    ...(line.entry.kind === "azure-plan" ? { more: { billingType: "usage", unitType: "Usage-based" } } : {}),
  });
}

function lineResource(
  line: PurchaseLine,
  lineItemNumber: number,
  subscription: Subscription | undefined,
  order: Order,
): JsonObject {
  const parent = subscription?.resource.parentSubscriptionId;
  const self = `/customers/${order.customerId}/orders/${order.id}/lineitems/${lineItemNumber}`;
  const [productId = "", skuId = ""] = line.offerId.split(":");
  return {
    lineItemNumber,
    offerId: line.offerId,
    ...(subscription === undefined ? {} : { subscriptionId: subscription.id }),
    ...(parent === undefined ? {} : { parentSubscriptionId: parent }),
    termDuration: line.termDuration,
    transactionType: "New",
    ...(line.promotionId === undefined ? {} : { promotionId: line.promotionId }),
    ...(line.customTermEndDate === undefined ? {} : { customTermEndDate: line.customTermEndDate }),
    friendlyName: line.friendlyName ?? line.entry.title,
    quantity: line.quantity,
    ...(line.partnerIdOnRecord === undefined ? {} : { partnerIdOnRecord: line.partnerIdOnRecord }),
    ...(line.additionalPartnerIdsOnRecord === undefined
      ? {}
      : { additionalPartnerIdsOnRecord: line.additionalPartnerIdsOnRecord }),
    ...(line.attestationAccepted === undefined ? {} : { attestationAccepted: line.attestationAccepted }),
    ...(line.renewsTo === undefined ? {} : { renewsTo: line.renewsTo }),
    links: {
      product: { uri: `/products/${productId}`, method: "GET", headers: [] },
      sku: { uri: `/products/${productId}/skus/${skuId}`, method: "GET", headers: [] },
      ...(line.entry.kind === "perpetual-software"
        ? { activationLinks: { uri: `${self}/activationlinks`, method: "GET", headers: [] } }
        : {}),
    },
  };
}

/** What the audit record of an order tells (partner-center-api.md §8.1). */
export function auditOf(order: Order): OrderAudit {
  const data = [
    { key: "OrderId", value: order.id },
    { key: "AlternateId", value: lineText(order.resource, "alternateId") },
    { key: "BillingCycle", value: lineText(order.resource, "billingCycle") },
  ];
  for (const [index, line] of order.resource.lineItems.entries()) {
    data.push(
      { key: `OfferId-${index}`, value: lineText(line, "offerId") },
      { key: `SubscriptionId-${index}`, value: lineText(line, "subscriptionId") },
      { key: `SubscriptionName-${index}`, value: lineText(line, "friendlyName") },
      { key: `Quantity-${index}`, value: lineText(line, "quantity") },
      { key: `PartnerOnRecord-${index}`, value: lineText(line, "partnerIdOnRecord") },
    );
  }
  return { newValue: order.resource, customizedData: data };
}
