import { createHash } from "node:crypto";
import { canonicalJson } from "../audit/audit-entry";
import type { Subscription } from "./subscription";

/** ETag of a subscription as we show it: a hash of the fields a person can edit (design §6). */
export function subscriptionEtag(subscription: Subscription): string {
  const { quantity, billingCycle, term, autoRenew, status, friendlyName } = subscription;
  const text = canonicalJson({ quantity, billingCycle, term, autoRenew, status, friendlyName });
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
