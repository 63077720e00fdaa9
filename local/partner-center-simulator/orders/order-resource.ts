import { samplePrice } from "../catalog/sample-prices";
import { findMarket } from "../catalog/markets";
import { findPromotion } from "../catalog/promotions";
import { refuse } from "../errors";
import type { Call, Simulation } from "../route";
import { lineText } from "./order-line";
import { skuKey, type JsonObject, type Order } from "../world";

/** Whether the call asks for prices; 403/800043 for a partner without the right to see them. */
export function wantsPrices(call: Call): boolean {
  const wanted = call.query.get("include_price")?.toLowerCase() === "true";
  if (wanted && !call.simulation.switches.pricingRights) refuse(403, 800043, "The partner has no pricing rights.");
  return wanted;
}

/**
 * The order as a client sees it now: for a while after a purchase it is pending and its lines lack their subscription ids
 * (partner-center-api.md §0, fact 10).
 */
export function orderAsSeen(simulation: Simulation, order: Order, withPrices = false): JsonObject {
  const isYoung = simulation.clock.nowMs() < order.createdAt + simulation.switches.subscriptionIdSeconds * 1000;
  const hidesIds = isYoung && order.resource.lineItems.some((line) => line["transactionType"] === "New");
  const lineItems = order.resource.lineItems.map((line) => {
    const { subscriptionId, ...rest } = line;
    const seen = hidesIds || subscriptionId === undefined ? rest : { ...rest, subscriptionId };
    return withPrices ? { ...seen, pricing: linePricing(simulation, order, line) } : seen;
  });
  const total = lineItems.reduce((sum, line) => sum + extendedPriceOf(line), 0);
  const status = hidesIds && order.resource.status === "completed" ? "pending" : order.resource.status;
  return structuredClone({
    ...order.resource,
    status,
    lineItems,
    ...(withPrices ? { totalPrice: rounded(total) } : {}),
  });
}

function extendedPriceOf(line: JsonObject): number {
  const pricing = line["pricing"] as { extendedPrice: number } | undefined;
  return pricing?.extendedPrice ?? 0;
}

const rounded = (amount: number): number => Math.round(amount * 100) / 100;

/** Unit prices before tax: list, after promotion, prorated to what is left of the term, and times the quantity. */
function linePricing(simulation: Simulation, order: Order, line: JsonObject): JsonObject {
  const key = skuKey(lineText(line, "offerId"));
  const entry = simulation.world.catalog.get(key);
  const country = simulation.world.customers.get(order.customerId)?.country ?? "";
  const term = { duration: lineText(line, "termDuration"), billingCycle: String(order.resource["billingCycle"]) };
  const listPrice = entry ? samplePrice(entry, term, findMarket(country)?.currency ?? "EUR").perTerm / 100 : 0;
  const promotion = findPromotion(lineText(line, "promotionId"));
  const discountedPrice = rounded(listPrice * (1 - (promotion?.percentDiscount ?? 0) / 100));
  const proratedPrice = rounded(discountedPrice * remainingShare(simulation, order, line));
  const isCredit = ["RemoveQuantity", "Cancel"].includes(lineText(line, "transactionType"));
  const extendedPrice = rounded(proratedPrice * Number(line["quantity"] ?? 0) * (isCredit ? -1 : 1));
  return { listPrice, discountedPrice, proratedPrice, price: proratedPrice, extendedPrice };
}

/** The share of the term that is charged: all of it for purchases and renewals, what is left for changes in mid-term. */
function remainingShare(simulation: Simulation, order: Order, line: JsonObject): number {
  const subscription = simulation.world.subscriptions.get(lineText(line, "subscriptionId"));
  const wholeTerm =
    ["New", "Renew", "Convert"].includes(lineText(line, "transactionType")) && !line["customTermEndDate"];
  if (!subscription || wholeTerm) return 1;
  const start = Date.parse(subscription.resource.effectiveStartDate);
  const end = subscription.termEndsAt;
  if (!Number.isFinite(end) || end <= start) return 1;
  return Math.min(1, Math.max(0, (end - order.createdAt) / (end - start)));
}
