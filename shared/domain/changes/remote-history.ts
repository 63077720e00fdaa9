import type { CspCustomerId, SubscriptionId } from "../access/ids";
import type { ResellerIdentity } from "../resellers/reseller-identity";

/** One audit record of Partner Center about one customer (fact sheet §8.1). */
export interface RemoteAuditRecord {
  id: string;
  /** Equals the `MS-CorrelationId` of the request that made the change. */
  correlationId: string | undefined;
  operationType: string;
  operationStatus: string;
  operationDate: Date;
  subscriptionId: string | undefined;
  /** Quantity before and after, where the record tells. */
  oldQuantity: number | undefined;
  newQuantity: number | undefined;
  userName: string | undefined;
}

/** An order line that touched a subscription: every seat change makes an order (fact sheet §6.1). */
export interface RemoteOrderLine {
  orderId: string;
  createdAt: Date;
  transactionType: string;
  subscriptionId: string | undefined;
  quantity: number;
}

/**
 * What Microsoft recorded, for proving what became of a write whose answer was lost (change ledger §5). Throws
 * `upstreamError` or `upstreamThrottled` when it cannot be read completely: a partial list is never returned.
 */
export interface RemoteHistory {
  auditRecords(
    reseller: ResellerIdentity,
    ask: { customer: CspCustomerId; from: Date; to: Date },
  ): Promise<RemoteAuditRecord[]>;
  orderLines(
    reseller: ResellerIdentity,
    ask: { customer: CspCustomerId; subscription: SubscriptionId },
  ): Promise<RemoteOrderLine[]>;
}
