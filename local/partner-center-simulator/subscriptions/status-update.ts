import { refuse } from "../errors";
import { recordSubscriptionOrder } from "../record-order";
import { DAY_MS, HOUR_MS } from "../terms";
import type { Subscription, World } from "../world";
import { cancelWindowMs, familyOf } from "./product-rules";
import { dropSchedules, type UpdateContext, type UpdateStep } from "./update-context";

/** What partners call a suspension of their own; other reasons are Microsoft's and cannot be lifted by the partner. */
const partnerReasons = ["Partner", "PartnerCancellation", "Customer"];

/** Suspend, reactivate, cancel (partner-center-api.md §4.4). */
export function planStatus(context: UpdateContext, status: string): UpdateStep {
  const { subscription } = context;
  const from = subscription.resource.status;
  if (familyOf(subscription) === "perpetual") {
    refuse(400, "800096", "The status cannot be updated here: cancel the order.");
  }
  switch (status) {
    case "suspended":
      if (from !== "active") refuseTransition(from, status);
      return suspend(context);
    case "active":
      if (from !== "suspended") refuseTransition(from, status);
      return reactivate(context);
    case "deleted":
      refuseLateCancel(context);
      return cancel(context);
    default:
      return refuseTransition(from, status);
  }
}

/** Add-ons that follow their base (switch `cascadeToAddons`). */
export function followingAddons(context: UpdateContext, status: string): Subscription[] {
  const { simulation, subscription } = context;
  if (!simulation.switches.cascadeToAddons || status === "active") return [];
  return [...simulation.world.subscriptions.values()].filter(
    ({ resource }) =>
      resource.parentSubscriptionId === subscription.id &&
      (resource.status === "active" || (status === "deleted" && resource.status === "suspended")),
  );
}

/** The step without its checks, for add-ons that follow their base. */
export function followStatus(context: UpdateContext, status: string): UpdateStep {
  return status === "suspended" ? suspend(context) : cancel(context);
}

function refuseTransition(from: string, to: string): never {
  return refuse(400, "800040", `The status cannot go from ${from} to ${to}.`, ["status"]);
}

function suspend({ simulation, subscription }: UpdateContext): UpdateStep {
  return () => {
    const { resource } = subscription;
    resource.status = "suspended";
    resource.suspensionReasons = [simulation.switches.partnerSuspensionReason];
    // Billing changes for the next charge survive; everything else that was planned does not.
    dropSchedules(subscription);
    return undefined;
  };
}

function reactivate({ simulation, subscription }: UpdateContext): UpdateStep {
  const { resource } = subscription;
  if (resource.suspensionReasons?.some((reason) => !partnerReasons.includes(reason))) {
    refuse(400, "800091", "The subscription was suspended by Microsoft and cannot be updated.");
  }
  if (!isParentActive(simulation.world, resource.parentSubscriptionId)) {
    refuse(409, "27009", "The add-on cannot be enabled while its parent is not active.");
  }
  return () => {
    resource.status = "active";
    delete resource.suspensionReasons;
    return undefined;
  };
}

function isParentActive(world: World, parentId: string | undefined): boolean {
  return parentId === undefined || world.subscriptions.get(parentId)?.resource.status === "active";
}

function refuseLateCancel({ subscription, nowMs }: UpdateContext): void {
  if (nowMs < subscription.cancellableUntil) return;
  const family = familyOf(subscription);
  const windowMs = cancelWindowMs(family, false);
  if (family === "marketplace")
    refuse(400, "900213", `You are past your ${windowMs / HOUR_MS}-hour cancellation window.`);
  refuse(400, "900117", `You are past your ${windowMs / DAY_MS}-day cancellation window.`);
}

function cancel({ simulation, subscription }: UpdateContext): UpdateStep {
  return (atMs) => {
    const { resource } = subscription;
    resource.status = "deleted";
    resource.autoRenewEnabled = false;
    delete resource["nextChargeInstructions"];
    delete resource.suspensionReasons;
    dropSchedules(subscription);
    subscription.licencesChangedAt = atMs;
    return recordSubscriptionOrder(simulation, subscription, "Cancel", resource.quantity, atMs).id;
  };
}
