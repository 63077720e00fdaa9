import { catalogItemIdAt } from "../catalog/availability-ids";
import type { CatalogEntry } from "../catalog/catalog-entry";
import type { Call } from "../route";
import { skuKey, type Subscription } from "../world";

/** Why a transition is refused, in the numbers of partner-center-api.md §4.7. */
export interface TransitionError {
  code: number;
  description: string;
}

/** A SKU the subscription could become, as a client names it. */
export interface TransitionTarget {
  sku: CatalogEntry;
  catalogItemId: string;
}

/** Upgrades now; at renewal also back down. Trials turn into the paid product, now only. */
export function transitionTargets(call: Call, subscription: Subscription, scheduled: boolean): TransitionTarget[] {
  const { world, switches, clock } = call.simulation;
  const own = skuKey(subscription.baseOfferId);
  const sku = world.catalog.get(own);
  if (!sku || (sku.isTrial && scheduled)) return [];
  const wanted = new Set([...sku.upgradeTargets, ...(sku.convertsTo === undefined ? [] : [sku.convertsTo])]);
  const country = world.customers.get(subscription.customerId)?.country ?? "";
  return [...world.catalog.entries()]
    .filter(([key, entry]) => wanted.has(key) || (scheduled && entry.upgradeTargets.includes(own)))
    .filter(([, entry]) => entry.purchasable)
    .map(([, entry]) => ({
      sku: entry,
      catalogItemId: catalogItemIdAt(entry, country, clock.nowMs(), switches.availabilityLifetimeDays),
    }));
}

/** What stands in the way of any transition of this subscription. */
export function transitionErrors(call: Call, subscription: Subscription, transitionType: string): TransitionError[] {
  const { resource, pendingWrite } = subscription;
  const errors: TransitionError[] = [];
  if (resource.status === "pending") errors.push({ code: 9, description: "The subscription is not provisioned yet." });
  else if (resource.status !== "active") errors.push({ code: 2, description: "The subscription is not active." });
  if (pendingWrite) errors.push({ code: 4, description: "Another operation is running." });
  const hasAddons = [...call.simulation.world.subscriptions.values()].some(
    (other) => other.resource.parentSubscriptionId === subscription.id && other.resource.status === "active",
  );
  if (hasAddons) errors.push({ code: 6, description: "The subscription has add-ons." });
  if (transitionType === "transition_with_license_transfer" && call.caller.kind === "app") {
    errors.push({ code: 5, description: "Licences can be transferred in the context of a user only." });
  }
  return errors;
}
