import type { SubscriptionId } from "../access/ids";
import type { RenewalSchedule } from "./renewal-schedule";

/** Seats that may still be given back, by the batch in which they were added (Partner Center fact sheet §5). */
export interface RefundableBatch {
  quantity: number;
  allowedUntil: Date;
}

/**
 * A Partner Center subscription, read tolerantly: enum values are lower-cased, unknown ones are passed on. Fields
 * Microsoft left out are undefined.
 */
export interface Subscription {
  id: SubscriptionId;
  friendlyName: string;
  offerName: string;
  /** `productId:skuId`, the stable part of the offer id. */
  productSku: string;
  offerId: string;
  quantity: number;
  status: string;
  /** ISO 8601 duration: P1M, P1Y, P3Y; empty for some. */
  term: string;
  billingCycle: string;
  autoRenew: boolean;
  isTrial: boolean;
  parentSubscriptionId: string | undefined;
  effectiveStartAt: Date | undefined;
  commitmentEndsAt: Date | undefined;
  cancellationAllowedUntil: Date | undefined;
  /** Undefined when the answer carried none: only GET by id is sure to. */
  refundable: { total: number; batches: RefundableBatch[] } | undefined;
  /** What waits for the renewal; any immediate change deletes it at Microsoft (fact sheet §4.6). */
  schedule: RenewalSchedule | undefined;
  orderId: string | undefined;
  etag: string | undefined;
}
