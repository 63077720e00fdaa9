import { isCurrentOffer } from "../catalog/availability-ids";
import type { CatalogEntry } from "../catalog/catalog-entry";
import { isAlignedTermEnd } from "../catalog/custom-term-end";
import { findMarket } from "../catalog/markets";
import { findPromotion } from "../catalog/promotions";
import type { Simulation } from "../route";
import { sellsTerm } from "../subscriptions/product-rules";
import { skuKey, type Customer } from "../world";
import type { CartErrorCode, CartLineError } from "./cart-error";
import type { CartLine } from "./cart-line";

/** Where a line is checked: for whom, when, and whether it hangs on a base line. */
export interface CartContext {
  simulation: Simulation;
  customer: Customer;
  partnerId: string;
  isAddonLine: boolean;
}

/** The SKU a catalogItemId names, whether or not its availability is still current. */
export function entryOfItem(simulation: Simulation, catalogItemId: string | undefined): CatalogEntry | undefined {
  return simulation.world.catalog.get(skuKey(catalogItemId ?? ""));
}

/** Whether the customer may buy by this catalogItemId today. */
export function isCurrentItem(simulation: Simulation, customer: Customer, catalogItemId: string): boolean {
  const lifetimeDays = simulation.switches.availabilityLifetimeDays;
  return isCurrentOffer(catalogItemId, customer.country, simulation.clock.nowMs(), lifetimeDays);
}

/** What is wrong with a line: the first error, as Partner Center reports one per line. */
export function checkCartLine(line: CartLine, context: CartContext): CartLineError | undefined {
  const missing = missingFields(line);
  if (missing.length > 0) return fault(10010, `Missing: ${missing.join(", ")}.`);
  const item = line.catalogItemId ?? "";
  if (legacyOfferId.test(item)) return fault(500600, `The legacy offer '${item}' is sold no more.`);
  const entry = entryOfItem(context.simulation, item);
  if (!entry || !isOfferedTo(entry, line, context)) return fault(10001, `The catalog item id '${item}' is not valid.`);
  if (!entry.purchasable) return fault(10006, `${entry.title} is sold no more.`);
  return (
    checkPlan(line, entry, context) ??
    checkQuantity(line, entry, context) ??
    checkSupply(entry, context) ??
    checkConsents(line, entry, context) ??
    checkTermEnd(line, entry, context)
  );
}

const legacyOfferId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const fault = (code: CartErrorCode, description: string): CartLineError => ({ code, description });

function missingFields(line: CartLine): string[] {
  const wanted = { catalogItemId: line.catalogItemId, quantity: line.quantity, billingCycle: line.billingCycle };
  return Object.entries(wanted)
    .filter(([, value]) => value === undefined || value === "")
    .map(([name]) => name);
}

function isOfferedTo(entry: CatalogEntry, line: CartLine, context: CartContext): boolean {
  const { customer, simulation } = context;
  const segmentFits = entry.segment === "commercial" || entry.segment === customer.segment;
  return segmentFits && isCurrentItem(simulation, customer, line.catalogItemId ?? "");
}

function checkPlan(line: CartLine, entry: CatalogEntry, context: CartContext): CartLineError | undefined {
  const currency = findMarket(context.customer.country)?.currency ?? context.customer.currency;
  if (line.currencyCode && line.currencyCode.toUpperCase() !== currency) {
    return fault(10000, `The currency ${line.currencyCode} is not supported; this customer pays in ${currency}.`);
  }
  if (!sellsTerm(entry, line.termDuration ?? "", line.billingCycle ?? "")) {
    return fault(10013, `${line.termDuration ?? "No term"} billed ${line.billingCycle ?? ""} is not sold.`);
  }
  if (line.promotionId && !findPromotion(line.promotionId)) {
    return fault(10014, `The promotion id '${line.promotionId}' is not valid.`);
  }
  return undefined;
}

function checkQuantity(line: CartLine, entry: CatalogEntry, context: CartContext): CartLineError | undefined {
  const quantity = line.quantity ?? 0;
  const { sandboxSeatLimit } = context.simulation.switches;
  if (!Number.isInteger(quantity) || quantity < 1) return fault(10010, "The quantity must be a whole number from 1.");
  if (quantity < entry.minimumQuantity) {
    const description = `At least ${entry.minimumQuantity} seats are needed.`;
    return fault(context.isAddonLine || entry.isAddon ? 10019 : 10018, description);
  }
  if (quantity > entry.maximumQuantity) {
    const additionalInformation = { availableQuantity: entry.maximumQuantity };
    return { ...fault(10015, `At most ${entry.maximumQuantity} seats per subscription.`), additionalInformation };
  }
  if (sandboxSeatLimit > 0 && quantity > sandboxSeatLimit) {
    return fault(10009, `The sandbox allows ${sandboxSeatLimit} seats per line.`);
  }
  return undefined;
}

function checkSupply(entry: CatalogEntry, context: CartContext): CartLineError | undefined {
  const { quotaAvailable, inventoryAvailable } = context.simulation.switches;
  if (!quotaAvailable)
    return { ...fault(10002, "The quota is used up."), additionalInformation: { availableQuantity: 0 } };
  if (!inventoryAvailable && entry.kind === "perpetual-software") return fault(10003, "No inventory is available.");
  return undefined;
}

function checkConsents(line: CartLine, entry: CatalogEntry, context: CartContext): CartLineError | undefined {
  const participants = line.participants ?? [];
  const { partnerModel } = context.simulation.switches;
  const additional = participants.filter((participant) => participant.key === "additional_transaction_reseller");
  if (participants.length > 0 && (partnerModel === "direct" || additional.length > 5)) {
    return fault(10004, "Participants are not supported for this partner, or there are too many.");
  }
  if (participants.some((participant) => !/^\d+$/.test(participant.value))) {
    return fault(10010, "The value of a participant must be a PartnerID.");
  }
  const named = line.provisioningContext?.["subscriptionId"];
  if (typeof named === "string") {
    const owner = context.simulation.world.subscriptions.get(named)?.customerId;
    if (owner !== context.customer.id) return fault(10007, `The subscription '${named}' is not valid.`);
  }
  if (entry.segment === "education" && line.attestationAccepted !== true) {
    return fault(10012, "The attestation for education prices is not accepted.");
  }
  return undefined;
}

function checkTermEnd(line: CartLine, entry: CatalogEntry, context: CartContext): CartLineError | undefined {
  const date = line.customTermEndDate;
  if (!date) return undefined;
  if (entry.kind !== "seats" || entry.isTrial) return fault(10016, "Custom term end dates are not for this product.");
  const { simulation, customer, partnerId } = context;
  const { world, clock } = simulation;
  const termDuration = line.termDuration ?? "";
  const wanted = { customerId: customer.id, partnerId, termDuration, date, nowMs: clock.nowMs() };
  return isAlignedTermEnd(wanted, world)
    ? undefined
    : fault(10017, `The custom term end date '${date}' aligns with nothing.`);
}
