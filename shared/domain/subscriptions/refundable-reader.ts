import type { Clock } from "../access/clock";
import type { CspCustomerId } from "../access/ids";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import type { Subscription } from "./subscription";
import type { SubscriptionSource } from "./subscription-source";
import { subscriptionEtag } from "./subscription-view";

/** Tells the batches of seats that can be given back, for showing. A decision reads for itself. */
export interface RefundableReader {
  /** Undefined when Microsoft tells none. Throws as `SubscriptionSource` does. */
  read(reseller: ResellerIdentity, customer: CspCustomerId, listed: Subscription): Promise<Subscription["refundable"]>;
}

/** Refund options are never shown older than this (product.md §5.3). */
const KEPT_MS = 15 * 60_000;
const MOST_KEPT = 10_000;

/**
 * Lists mostly lack the batches, and reading every subscription by id for every list would use up the reseller's calls:
 * what was read is kept for as long as the subscription looks the same, a quarter of an hour at most.
 */
export function createRefundableReader(subscriptions: SubscriptionSource, clock: Clock): RefundableReader {
  const kept = new Map<string, { at: number; etag: string; refundable: Subscription["refundable"] }>();
  return {
    async read(reseller, customer, listed) {
      if (listed.refundable || listed.status !== "active") return listed.refundable;
      const key = `${reseller.resellerId} ${listed.id}`;
      const etag = subscriptionEtag(listed);
      const known = kept.get(key);
      if (known?.etag === etag && clock().getTime() - known.at < KEPT_MS) return known.refundable;
      const read = await subscriptions.get(reseller, customer, listed.id);
      const refundable = read?.subscription.refundable;
      kept.delete(key);
      kept.set(key, { at: clock().getTime(), etag, refundable });
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value ?? key);
      return refundable;
    },
  };
}
