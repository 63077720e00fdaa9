import type { RemoteAuditRecord, RemoteOrderLine } from "../../shared/domain/changes/remote-history";
import type { Subscription } from "../../shared/domain/subscriptions/subscription";
import { after, MINUTE, SUBSCRIPTION } from "./ids";

/** An active subscription of ten seats. */
export function aSubscription(differing: Partial<Subscription> = {}): Subscription {
  return {
    id: SUBSCRIPTION,
    friendlyName: "Microsoft 365 Business Premium",
    offerName: "Microsoft 365 Business Premium",
    productSku: "CFQ7TTC0LCHC:0002",
    offerId: "CFQ7TTC0LCHC:0002:CFQ7TTC0ABCD",
    quantity: 10,
    status: "active",
    term: "P1Y",
    billingCycle: "monthly",
    autoRenew: true,
    isTrial: false,
    parentSubscriptionId: undefined,
    effectiveStartAt: undefined,
    commitmentEndsAt: undefined,
    cancellationAllowedUntil: undefined,
    refundable: { total: 0, batches: [] },
    schedule: undefined,
    orderId: undefined,
    etag: undefined,
    ...differing,
  };
}

/** Somebody else's record of a seat change, a minute after the read. */
export function aRecord(differing: Partial<RemoteAuditRecord> = {}): RemoteAuditRecord {
  return {
    id: "record-1",
    correlationId: "somebody-else",
    operationType: "update_subscription",
    operationStatus: "succeeded",
    operationDate: after(MINUTE),
    subscriptionId: SUBSCRIPTION,
    oldQuantity: 10,
    newQuantity: 15,
    userName: "someone.else@partner.example",
    ...differing,
  };
}

/** An order of five more seats, a minute after the read. */
export function anOrderLine(differing: Partial<RemoteOrderLine> = {}): RemoteOrderLine {
  return {
    orderId: "order-1",
    createdAt: after(MINUTE),
    transactionType: "addquantity",
    subscriptionId: SUBSCRIPTION,
    quantity: 5,
    ...differing,
  };
}
