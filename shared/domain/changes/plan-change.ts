import type { Offers } from "../subscriptions/offers";
import { refundableSeats } from "../subscriptions/refundable-seats";
import type { Subscription } from "../subscriptions/subscription";
import type { Ask } from "./change";
import { whyNotRestorable } from "./restored-schedule";

/** What a change would do right now, or why it may not. Pure: the preview and the worker use the same function. */
export type Plan = { kind: "write"; from: number; to: number } | { kind: "unchanged"; quantity: number } | Refused;

interface Refused {
  kind: "refused";
  code: PlanRefusal;
  message: string;
  /** Of `reductionWindowClosed`: the seats that can be given back now. */
  refundableQuantity?: number;
}

export type PlanRefusal =
  "notActive" | "quantityDrift" | "badQuantity" | "offerLimit" | "reductionWindowClosed" | "scheduleWouldBeLost";

/** What a plan rests on beside the subscription. */
export interface PlanBasis {
  /** The moment of the read, by Microsoft's clock. */
  now: Date;
  offers: Offers;
}

/** Plans a change of seats on the subscription as just read. */
export function planChange(ask: Ask, subscription: Subscription, basis: PlanBasis): Plan {
  const from = subscription.quantity;
  const to = ask.kind === "set" ? ask.to : from + ask.delta;
  if (to === from) return { kind: "unchanged", quantity: from };
  if (ask.kind === "set" && ask.expectedFrom !== from) {
    return refuse(
      "quantityDrift",
      `The subscription has ${from} seats now, not ${ask.expectedFrom} as when the change was asked for.`,
    );
  }
  if (subscription.status !== "active") {
    return refuse(
      "notActive",
      `The subscription is ${subscription.status}; seats can be changed only while it is active.`,
    );
  }
  if (to < 1) {
    return refuse(
      "badQuantity",
      `A subscription keeps at least one seat; ${to} was asked for. To end it, suspend or cancel it.`,
    );
  }
  return (
    outsideLimits(from, to, basis) ??
    outsideWindow(from, to, subscription, basis) ??
    lostSchedule(from, to, subscription, basis) ?? {
      kind: "write",
      from,
      to,
    }
  );
}

/** Only the bound a change moves towards: a subscription that is beyond one already can still come back. */
function outsideLimits(from: number, to: number, { offers: { limits } }: PlanBasis): Refused | undefined {
  const { minimum, maximum } = limits ?? {};
  if (to > from && maximum !== undefined && to > maximum) {
    return refuse("offerLimit", `A subscription of this product has at most ${maximum} seats; ${to} were asked for.`);
  }
  if (to < from && minimum !== undefined && to < minimum) {
    return refuse("offerLimit", `A subscription of this product has at least ${minimum} seats; ${to} were asked for.`);
  }
  return undefined;
}

function outsideWindow(from: number, to: number, subscription: Subscription, basis: PlanBasis): Refused | undefined {
  const { quantity, until } = refundableSeats(subscription, basis.now);
  if (from - to <= quantity) return undefined;
  const rest = "The others can go only at the renewal.";
  const message =
    quantity === 0
      ? "None of these seats can be given back before the renewal: their refund windows have closed."
      : `Only ${quantity} of the ${from - to} seats can be given back now${until ? `, the first of them until ${until.toISOString()}` : ""}. ${rest}`;
  return { ...refuse("reductionWindowClosed", message), refundableQuantity: quantity };
}

function lostSchedule(
  from: number,
  to: number,
  { schedule }: Subscription,
  { offers }: PlanBasis,
): Refused | undefined {
  const reason = schedule && whyNotRestorable(schedule, { from, to }, offers);
  if (!reason) return undefined;
  return refuse(
    "scheduleWouldBeLost",
    `A change is scheduled for the renewal. Microsoft deletes it with any immediate change, and it could not be set again: ${reason}`,
  );
}

function refuse(code: PlanRefusal, message: string): Refused {
  return { kind: "refused", code, message };
}
