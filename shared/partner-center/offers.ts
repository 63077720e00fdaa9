import type { Clock } from "../domain/access/clock";
import type { CspCustomerId } from "../domain/access/ids";
import type { OfferPlan, OfferSource, SoldProduct } from "../domain/subscriptions/offers";
import { okOrThrow, unreadable, type PartnerCenterClient, type ReadAnswer } from "./client";
import { Collection, WireAvailability, WireSku } from "./wire";

/** Products hardly ever change, and Microsoft judges by its own limits anyway. */
const KEPT_MS = 3_600_000;
const MOST_KEPT = 10_000;

/** What is sold to a customer, country and segment implied (fact sheet §7). */
export function createOfferSource(client: PartnerCenterClient, clock: Clock): OfferSource {
  const kept = new Map<string, { at: number; product: SoldProduct | undefined }>();
  return {
    async product(reseller, customer, sku) {
      const key = `${reseller.resellerId} ${customer} ${sku}`;
      const known = kept.get(key);
      if (known && clock().getTime() - known.at < KEPT_MS) return known.product;
      const product = readProduct(await client.get({ reseller }, skuPath(customer, sku)));
      kept.delete(key);
      kept.set(key, { at: clock().getTime(), product });
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value ?? key);
      return product;
    },
    async plans(reseller, customer, sku) {
      const path = `${skuPath(customer, sku)}/availabilities`;
      const answer = await client.get({ reseller }, path);
      if (isNotSold(answer)) return [];
      const parsed = Collection.safeParse(okOrThrow(answer).body);
      if (!parsed.success) throw unreadable("list of availabilities", parsed.error);
      return parsed.data.items.flatMap(readPlans);
    },
  };
}

function skuPath(customer: CspCustomerId, sku: string): string {
  const [product = "", id = ""] = sku.split(":").map(encodeURIComponent);
  return `/v1/customers/${customer}/products/${product}/skus/${id}`;
}

/** Product, SKU or availability not found: it is not sold to this customer any more. */
const NOT_SOLD = ["400013", "400018", "400019"];

function isNotSold(answer: ReadAnswer): boolean {
  return answer.kind === "refused" && answer.refusal.status === 404 && NOT_SOLD.includes(answer.refusal.code ?? "");
}

function readProduct(answer: ReadAnswer): SoldProduct | undefined {
  if (isNotSold(answer)) return undefined;
  const parsed = WireSku.safeParse(okOrThrow(answer).body);
  if (!parsed.success) throw unreadable("product", parsed.error);
  const { minimumQuantity, maximumQuantity, dynamicAttributes } = parsed.data;
  return {
    minimum: minimumQuantity ?? undefined,
    maximum: maximumQuantity ?? undefined,
    directorySkuId: dynamicAttributes?.provisioningId?.toLowerCase() || undefined,
  };
}

function readPlans(item: unknown): OfferPlan[] {
  const parsed = WireAvailability.safeParse(item);
  if (!parsed.success) throw unreadable("availability", parsed.error);
  const { id, isPurchasable, isRenewable, terms } = parsed.data;
  if (isPurchasable === false && isRenewable !== true) return [];
  return (terms ?? []).map(({ duration, billingCycle }) => ({
    availabilityId: id,
    term: duration ?? "",
    billingCycle: billingCycle ?? "",
  }));
}
