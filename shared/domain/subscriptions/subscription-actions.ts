import type { AllowedAction } from "../access/allowed-action";
import type { SeatLimits } from "./offers";
import type { RefundableSeats } from "./refundable-seats";
import type { Subscription } from "./subscription";

/** What is known beside the subscription; undefined where it could not be read. */
export interface ActionFacts {
  now: Date;
  limits: SeatLimits | undefined;
  refundable: RefundableSeats | undefined;
}

/**
 * What may be done with a subscription now, and why not the rest (product.md §5.2). Actions that this version cannot do
 * yet are listed only where the subscription's own state forbids them: nothing is promised that does not exist.
 */
export function subscriptionActions(subscription: Subscription, facts: ActionFacts): AllowedAction[] {
  return [
    answer("increaseSeats", whyNoIncrease(subscription, facts)),
    answer("decreaseSeats", whyNoDecrease(subscription, facts)),
    ...notYet("changeBillingFrequency", whyNotActive(subscription)),
    ...notYet("setAutoRenewal", whyNotActive(subscription)),
    ...notYet("suspend", whyNotActive(subscription)),
    ...notYet("reactivate", whyNotSuspended(subscription)),
    ...notYet("cancel", whyNoCancel(subscription, facts)),
    ...notYet("viewParent", whyNoParent(subscription)),
  ];
}

function answer(action: string, reason: string | undefined): AllowedAction {
  return reason === undefined ? { action, allowed: true } : { action, allowed: false, reason };
}

function notYet(action: string, reason: string | undefined): AllowedAction[] {
  return reason === undefined ? [] : [{ action, allowed: false, reason }];
}

function whyNotActive({ status }: Subscription): string | undefined {
  return status === "active" ? undefined : `The subscription is ${status}, not active.`;
}

function whyNotSuspended({ status }: Subscription): string | undefined {
  return status === "suspended" ? undefined : `The subscription is ${status}, not suspended.`;
}

function whyNoIncrease(subscription: Subscription, { limits }: ActionFacts): string | undefined {
  const maximum = limits?.maximum;
  const isFull = maximum !== undefined && subscription.quantity >= maximum;
  return (
    whyNotActive(subscription) ?? (isFull ? `A subscription of this product has at most ${maximum} seats.` : undefined)
  );
}

function whyNoDecrease(subscription: Subscription, { limits, refundable }: ActionFacts): string | undefined {
  const fewest = Math.max(1, limits?.minimum ?? 1);
  const notActive = whyNotActive(subscription);
  if (notActive) return notActive;
  if (!refundable) return "Microsoft does not tell right now how many seats can be given back.";
  if (refundable.quantity === 0)
    return "No seats can be given back before the renewal: their refund windows have closed.";
  return subscription.quantity <= fewest ? `A subscription of this product has at least ${fewest} seats.` : undefined;
}

function whyNoCancel(subscription: Subscription, { now }: ActionFacts): string | undefined {
  const notSuspended = whyNotSuspended(subscription);
  if (notSuspended) return `${notSuspended} It can be cancelled once it is suspended and its end date is reached.`;
  const { commitmentEndsAt } = subscription;
  if (!commitmentEndsAt || commitmentEndsAt <= now) return undefined;
  return `Its end date, ${commitmentEndsAt.toISOString()}, is not reached.`;
}

function whyNoParent({ status, parentSubscriptionId }: Subscription): string | undefined {
  if (status !== "pending") return `The subscription is ${status}, not pending.`;
  return parentSubscriptionId === undefined ? "The subscription has no parent." : undefined;
}
