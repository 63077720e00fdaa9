import type { CspCustomerId, SubscriptionId } from "../access/ids";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import type { Subscription } from "./subscription";

/** A subscription as Microsoft showed it. A PATCH replaces the whole resource, so the raw one is kept to send back. */
export interface ReadSubscription {
  subscription: Subscription;
  raw: Readonly<Record<string, unknown>>;
  /** The `Date` header of the answer: the moment the plan is made for (change ledger §7). */
  readAt: Date;
}

/**
 * Live reads of a customer's subscriptions. They throw `AppError`s: `resellerNotAuthorized` (conflict, with extension
 * `resellerState` `Revoked` or `SecretInvalid`) when the reseller's token no longer works, `relationshipRemoved`
 * (conflict; 403/20002), `upstreamThrottled` (upstream, with `retryAfterSeconds`), else `upstreamError`.
 */
export interface SubscriptionSource {
  list(reseller: ResellerIdentity, customer: CspCustomerId): Promise<ReadSubscription[]>;
  /** Undefined when Partner Center knows no such subscription (404, 20003). */
  get(reseller: ResellerIdentity, customer: CspCustomerId, id: SubscriptionId): Promise<ReadSubscription | undefined>;
}
