import { createHash } from "node:crypto";
import type { AllowedAction } from "../access/allowed-action";
import { canonicalJson } from "../audit/audit-entry";
import type { Subscription } from "./subscription";

/** ETag of a subscription as we show it: a hash of the fields a person can edit (design §6). */
export function subscriptionEtag(subscription: Subscription): string {
  const { quantity, billingCycle, term, autoRenew, status, friendlyName } = subscription;
  const text = canonicalJson({ quantity, billingCycle, term, autoRenew, status, friendlyName });
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

/** What may be done with a subscription now, and why not the rest (product.md §5.2). */
export function subscriptionActions(subscription: Subscription): AllowedAction[] {
  return [increaseSeats(subscription)];
}

function increaseSeats(subscription: Subscription): AllowedAction {
  const action = "increaseSeats";
  if (subscription.status !== "active") {
    return { action, allowed: false, reason: `The subscription is ${subscription.status}.` };
  }
  return { action, allowed: true };
}
