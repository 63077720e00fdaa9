import type { Attempt, Change } from "../../shared/domain/changes/change";
import { after, changeId, CSP_CUSTOMER, RESELLER, SECOND, START, SUBSCRIPTION, TENANT } from "./ids";

/** A released change of 10 seats to 15 that waits for its first message. */
export function aChange(differing: Partial<Change> = {}): Change {
  return {
    id: changeId(1),
    tenantId: TENANT,
    kind: "quantity",
    source: "edit",
    subscriptionId: SUBSCRIPTION,
    subscriptionName: "Microsoft 365 Business Premium",
    ask: { kind: "set", expectedFrom: 10, to: 15 },
    resellerId: RESELLER,
    cspCustomerId: CSP_CUSTOMER,
    state: "PendingPurchase",
    released: true,
    enqueued: 1,
    enqueuedAt: START.toISOString(),
    deadLetters: 0,
    claims: 0,
    steps: [],
    requestedBy: { kind: "user", id: "operator", name: "olga@msp.example" },
    requestedAt: START.toISOString(),
    ...differing,
  };
}

/** An intent of 10 to 15 seats, opened at `START` and not settled. */
export function anAttempt(differing: Partial<Attempt> = {}): Attempt {
  return {
    number: 1,
    from: 10,
    to: 15,
    requestId: "request-1",
    correlationIds: ["correlation-1"],
    resellerId: RESELLER,
    readAt: START.toISOString(),
    seenBatches: [],
    seenOrderIds: [],
    openedAt: START.toISOString(),
    sendBy: after(30 * SECOND).toISOString(),
    state: "open",
    looks: 0,
    ...differing,
  };
}

/** A change that a worker holds, with these attempts. */
export function aPurchasingChange(attempts: Attempt[], differing: Partial<Change> = {}): Change {
  const steps = attempts.length === 0 ? [] : [{ kind: "write" as const, state: "open" as const, attempts }];
  return aChange({ state: "Purchasing", claims: 1, steps, ...differing });
}
