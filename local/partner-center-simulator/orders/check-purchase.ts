import { isCurrentOffer } from "../catalog/availability-ids";
import type { CatalogEntry } from "../catalog/catalog-entry";
import { Refusal, refuse } from "../errors";
import type { Simulation } from "../route";
import { skuKey, type Customer, type Subscription } from "../world";
import type { Purchase, PurchaseLine } from "./purchase";

const refusals = {
  "800023": { status: 403, description: "The credit line is too small for this purchase." },
  "800069": { status: 403, description: "The risk check of the purchase failed." },
  "800070": { status: 400, description: "The offer is not for this country." },
  "800073": { status: 403, description: "The customer's account is under review." },
  "800060": { status: 409, description: "Another order is in progress." },
} as const;

/** Refuses what no order of this customer may pass: agreement, account review, and whatever a switch names. */
export function refuseCustomer(simulation: Simulation, customer: Customer): void {
  const { requireAgreement, checkoutRefusal } = simulation.switches;
  if (requireAgreement && !customer.agreementConfirmed) {
    refuse(403, 13605, "The customer's acceptance of the Microsoft Customer Agreement is not confirmed.");
  }
  if (customer.validationStatus === "UnderReview") refuse(403, 800073, "The customer's account is under review.");
  if (customer.validationStatus !== "Allowed") refuse(403, 800074, "The customer's account is not approved.");
  if (checkoutRefusal !== "none") {
    const { status, description } = refusals[checkoutRefusal];
    refuse(status, checkoutRefusal, description);
  }
}

/**
 * What forbids an order, or undefined. `boughtWith` are the SKUs (`productId:skuId`) of the other orders of the same cart:
 * a base bought there satisfies an add-on here.
 */
export function purchaseRefusal(
  simulation: Simulation,
  purchase: Purchase,
  boughtWith: readonly string[] = [],
): Refusal | undefined {
  for (const line of purchase.lines) {
    const refusal =
      staleOffer(simulation, purchase.customer, line) ??
      missingBase(simulation, purchase, line, boughtWith) ??
      limitExceeded(simulation, purchase, line);
    if (refusal) return refusal;
  }
  return undefined;
}

function staleOffer(simulation: Simulation, customer: Customer, line: PurchaseLine): Refusal | undefined {
  const { availabilityLifetimeDays, refuseStaleItemAs } = simulation.switches;
  if (isCurrentOffer(line.offerId, customer.country, simulation.clock.nowMs(), availabilityLifetimeDays))
    return undefined;
  const status = refuseStaleItemAs === "400019" ? 404 : 403;
  return new Refusal(status, refuseStaleItemAs, `The availability of '${line.offerId}' was not found.`);
}

const living = ["active", "pending"];

function ownedBy(simulation: Simulation, customer: Customer): Subscription[] {
  return [...simulation.world.subscriptions.values()].filter((owned) => owned.customerId === customer.id);
}

function missingBase(
  simulation: Simulation,
  purchase: Purchase,
  line: PurchaseLine,
  boughtWith: readonly string[],
): Refusal | undefined {
  const { entry } = line;
  if (!simulation.switches.requireAddonBase || entry.prerequisiteSkus.length === 0) return undefined;
  if (isBaseOf(entry, baseKeyOf(simulation, purchase, line))) return undefined;
  if (!entry.needsParent) {
    const owned = ownedBy(simulation, purchase.customer).filter(({ resource }) => living.includes(resource.status));
    const present = [...owned.map(({ resource }) => skuKey(resource.offerId)), ...boughtWith];
    present.push(...purchase.lines.map((other) => skuKey(other.offerId)));
    if (present.some((key) => isBaseOf(entry, key))) return undefined;
  }
  return new Refusal(400, "800029", `The add-on '${entry.title}' does not fit its parent, or the customer owns none.`);
}

function baseKeyOf(simulation: Simulation, purchase: Purchase, line: PurchaseLine): string | undefined {
  if (line.parentLine !== undefined) return skuKey(purchase.lines[line.parentLine]?.offerId ?? "");
  const parent = simulation.world.subscriptions.get(line.parentSubscriptionId ?? "");
  if (!parent || parent.customerId !== purchase.customer.id || parent.resource.status !== "active") return undefined;
  return skuKey(parent.resource.offerId);
}

function isBaseOf(addon: CatalogEntry, key: string | undefined): boolean {
  return key !== undefined && addon.prerequisiteSkus.includes(key);
}

function limitExceeded(simulation: Simulation, purchase: Purchase, line: PurchaseLine): Refusal | undefined {
  const { entry } = line;
  const key = `${entry.productId}:${entry.skuId}`;
  // Limits count over all partners of the customer.
  const same = ownedBy(simulation, purchase.customer).filter(({ resource }) => skuKey(resource.offerId) === key);
  const alive = same.filter(({ resource }) => resource.status !== "deleted");
  // A trial that ended still counts: one per customer and SKU.
  const counted = entry.isTrial ? same : alive;
  if (entry.assetLimit !== undefined && counted.length >= entry.assetLimit) {
    return new Refusal(403, "800066", `The customer may own ${entry.assetLimit} of '${entry.title}'.`);
  }
  const seats = alive.reduce((sum, { resource }) => sum + resource.quantity, line.quantity);
  if (simulation.switches.seatMaximumPerCustomer && seats > entry.maximumQuantity) {
    return new Refusal(
      403,
      "800088",
      `The customer would own more than ${entry.maximumQuantity} seats of '${entry.title}'.`,
    );
  }
  return undefined;
}
