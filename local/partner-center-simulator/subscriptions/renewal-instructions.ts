import { isCurrentOffer } from "../catalog/availability-ids";
import { isAlignedTermEnd } from "../catalog/custom-term-end";
import { refuse } from "../errors";
import { isJsonObject } from "../route";
import { endOfTerm, startOfDay, termMonths } from "../terms";
import type { CatalogSku, JsonObject } from "../world";
import { refusePlan } from "./billing-update";
import { familyOf } from "./product-rules";
import type { UpdateContext } from "./update-context";

/** What a scheduled renewal turns the subscription into. */
export interface RenewalTarget {
  sku: CatalogSku;
  offerId: string;
  billingCycle: string;
  termDuration: string;
  promotionId: string | undefined;
  quantity: number;
  customTermEndDate: string | undefined;
}

/** Reads instructions that were checked when they came in; undefined when they name no product on sale any more. */
export function readInstructions(
  instructions: JsonObject,
  catalog: Map<string, CatalogSku>,
): RenewalTarget | undefined {
  const product = isJsonObject(instructions["product"]) ? instructions["product"] : {};
  const text = (name: string): string => (typeof product[name] === "string" ? product[name] : "");
  const sku = catalog.get(`${text("productId")}:${text("skuId")}`);
  const quantity = instructions["quantity"];
  if (!sku || typeof quantity !== "number") return undefined;
  const customTermEndDate = instructions["customTermEndDate"];
  return {
    sku,
    offerId: `${text("productId")}:${text("skuId")}:${text("availabilityId")}`,
    billingCycle: text("billingCycle").toLowerCase(),
    termDuration: text("termDuration").toUpperCase(),
    promotionId: text("promotionId") || undefined,
    quantity,
    customTermEndDate: typeof customTermEndDate === "string" ? customTermEndDate : undefined,
  };
}

/** Every field is required, also what does not change (partner-center-api.md §4.6). */
export function refuseInstructions(context: UpdateContext, instructions: JsonObject): void {
  const { simulation } = context;
  refuseIncomplete(instructions);
  refuseUnknownProduct(context, instructions);
  const target = readInstructions(instructions, simulation.world.catalog);
  if (!target) return refuse(404, "400018", "The SKU was not found.");
  refusePlan(target.sku, target);
  if (target.quantity < target.sku.minimumQuantity) {
    refuse(400, "2002", `The quantity must be at least ${target.sku.minimumQuantity}.`, ["quantity"]);
  }
  if (target.quantity > target.sku.maximumQuantity) {
    refuse(403, "800067", `A subscription of this product has at most ${target.sku.maximumQuantity} seats.`, [
      "quantity",
    ]);
  }
  if (target.customTermEndDate !== undefined) refuseTermEnd(context, target, target.customTermEndDate);
}

function refuseIncomplete(instructions: JsonObject): void {
  const product = isJsonObject(instructions["product"]) ? instructions["product"] : {};
  const names = ["productId", "skuId", "availabilityId", "billingCycle", "termDuration"];
  const missing = names.filter((name) => typeof product[name] !== "string" || product[name] === "");
  if (missing.length > 0) refuse(400, "3000", `The scheduled product lacks ${missing.join(", ")}.`, missing);
  if (!Number.isInteger(instructions["quantity"])) refuse(400, "3000", "The schedule lacks a quantity.", ["quantity"]);
}

/** Availabilities change: the one named must be today's. */
function refuseUnknownProduct({ simulation, subscription, nowMs }: UpdateContext, instructions: JsonObject): void {
  const { catalog, customers } = simulation.world;
  const { productId, skuId, availabilityId } = isJsonObject(instructions["product"]) ? instructions["product"] : {};
  const entry = catalog.get(`${String(productId)}:${String(skuId)}`);
  if (!entry) {
    const isProduct = [...catalog.values()].some((sku) => sku.productId === productId);
    refuse(404, isProduct ? "400018" : "400013", isProduct ? "The SKU was not found." : "The product was not found.");
  }
  const country = customers.get(subscription.customerId)?.country ?? "";
  const item = `${entry.productId}:${entry.skuId}:${String(availabilityId)}`;
  if (!isCurrentOffer(item, country, nowMs, simulation.switches.availabilityLifetimeDays)) {
    refuse(404, "400019", "The availability was not found; fetch it again.", ["availabilityId"]);
  }
}

function refuseTermEnd({ simulation, subscription }: UpdateContext, target: RenewalTarget, date: string): void {
  if (familyOf(subscription) !== "seats") {
    refuse(400, "900244", "A custom term end date is for new commerce subscriptions only.", ["customTermEndDate"]);
  }
  const start = subscription.termEndsAt;
  const day = startOfDay(Date.parse(date));
  const isInside = day >= start && day < endOfTerm(start, termMonths(target.termDuration) ?? 0);
  if (!isInside) refuse(400, "900245", "The custom term end date is not within the next term.", ["customTermEndDate"]);
  const { customerId, partnerId } = subscription;
  const wanted = { customerId, partnerId, termDuration: target.termDuration, date, nowMs: start };
  if (!isAlignedTermEnd(wanted, simulation.world)) {
    refuse(400, "900246", "The custom term end date matches no active subscription nor a month end.", [
      "customTermEndDate",
    ]);
  }
}
