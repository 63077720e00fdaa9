import type { Subscription } from "../subscriptions/subscription";
import type { Ask } from "./change";

/** What a change would do right now, or why it may not. Pure: the preview and the worker use the same function. */
export type Plan =
  | { kind: "write"; from: number; to: number }
  | { kind: "unchanged"; quantity: number }
  | { kind: "refused"; code: PlanRefusal; message: string };

type PlanRefusal = "notActive" | "quantityDrift" | "badQuantity" | "decreaseNotSupported" | "scheduleWouldBeLost";

/** Plans a change of seats on the subscription as just read. */
export function planChange(ask: Ask, subscription: Subscription): Plan {
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
  if (to < 1) return refuse("badQuantity", `A subscription keeps at least one seat; ${to} was asked for.`);
  if (to < from) {
    return refuse("decreaseNotSupported", "Seats cannot be given back through this version; use Partner Center.");
  }
  if (subscription.hasSchedule) {
    return refuse(
      "scheduleWouldBeLost",
      "A change is scheduled for the renewal, and Microsoft deletes it with any immediate change. Remove or move it first.",
    );
  }
  return { kind: "write", from, to };
}

function refuse(code: PlanRefusal, message: string): Plan {
  return { kind: "refused", code, message };
}
