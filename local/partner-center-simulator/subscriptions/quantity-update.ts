import { refuse } from "../errors";
import { recordSubscriptionOrder } from "../record-order";
import { skuKey } from "../world";
import { cancelWindowMs, familyOf, sellsTerm } from "./product-rules";
import { addLot, removableSeats, removeFromLots } from "./seat-lots";
import { dropSchedules, type UpdateContext, type UpdateStep } from "./update-context";
import { DAY_MS, HOUR_MS } from "../terms";

/** More seats at any time; fewer only out of batches whose window is open. Usage is not looked at, as at Microsoft. */
export function planQuantity(context: UpdateContext, quantity: number): UpdateStep {
  const { simulation, subscription } = context;
  const { resource } = subscription;
  if (resource.status === "suspended")
    refuse(400, "2001", "The quantity cannot change while the subscription is suspended.");
  if (familyOf(subscription) === "perpetual") {
    refuse(403, "800027", "This item is not eligible for adding or removing seats.");
  }
  const delta = quantity - resource.quantity;
  if (delta > 0) refuseIncrease(context, quantity);
  else refuseDecrease(context, quantity);
  return (atMs) => {
    resource.quantity = quantity;
    const order = recordSubscriptionOrder(
      simulation,
      subscription,
      delta > 0 ? "AddQuantity" : "RemoveQuantity",
      Math.abs(delta),
      atMs,
    );
    if (delta > 0) addLot(subscription, delta, order.id, atMs, simulation.switches);
    else removeFromLots(subscription, -delta, atMs, simulation.switches);
    subscription.licencesChangedAt = atMs;
    dropSchedules(subscription);
    return order.id;
  };
}

/** Minimum and maximum of the SKU, and of the customer where switch `seatMaximumPerCustomer` says so. */
function refuseQuantity({ simulation, subscription }: UpdateContext, quantity: number): void {
  const { minimumQuantity: minimum, maximumQuantity: maximum } = subscription;
  if (quantity < minimum) refuse(400, "2002", `The quantity must be at least ${minimum}.`, ["quantity"]);
  if (quantity > maximum) {
    if (familyOf(subscription) === "legacy")
      refuse(400, "2002", `The quantity must be at most ${maximum}.`, ["quantity"]);
    refuse(403, "800067", `A subscription of this product has at most ${maximum} seats.`, ["quantity"]);
  }
  if (!simulation.switches.seatMaximumPerCustomer) return;
  const { customerId, baseOfferId, id } = subscription;
  const others = [...simulation.world.subscriptions.values()].filter(
    (other) =>
      other.id !== id &&
      other.customerId === customerId &&
      skuKey(other.baseOfferId) === skuKey(baseOfferId) &&
      ["active", "pending", "suspended"].includes(other.resource.status),
  );
  const total = others.reduce((sum, { resource }) => sum + resource.quantity, quantity);
  if (total > maximum)
    refuse(403, "800088", `The customer may have at most ${maximum} seats of this product.`, ["quantity"]);
}

function refuseIncrease(context: UpdateContext, quantity: number): void {
  const { simulation, subscription } = context;
  const { resource } = subscription;
  refuseQuantity(context, quantity);
  const family = familyOf(subscription);
  if (family === "software" && !simulation.switches.softwareSeatIncrease) {
    refuse(403, "800027", "This item is not eligible for adding seats.");
  }
  if (family === "legacy" || subscription.extendedServiceTerm) return;
  const sku = simulation.world.catalog.get(skuKey(subscription.baseOfferId));
  if (!sku || !sellsTerm(sku, resource.termDuration)) refuse(403, "800028", "The original term is no longer sold.");
}

function refuseDecrease(context: UpdateContext, quantity: number): void {
  const { subscription, nowMs } = context;
  const { resource, minimumQuantity } = subscription;
  if (quantity < minimumQuantity)
    refuse(400, "2002", `The quantity must be at least ${minimumQuantity}.`, ["quantity"]);
  const family = familyOf(subscription);
  if (family === "software") refuse(400, "800090", "The quantity of a software subscription cannot be decreased.");
  const removable = removableSeats(subscription, nowMs);
  if (resource.quantity - quantity <= removable) return;
  if (removable > 0) refuse(400, "800090", `The quantity cannot be decreased by more than ${removable}.`, ["quantity"]);
  const windowMs = cancelWindowMs(family, resource.isTrial);
  if (family === "marketplace")
    refuse(400, "900214", `You are past your ${windowMs / HOUR_MS}-hour seat-reduction window.`);
  refuse(400, "900257", `You are past your ${windowMs / DAY_MS}-day seat-reduction window.`);
}
