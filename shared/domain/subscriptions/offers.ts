import type { CspCustomerId } from "../access/ids";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import { scheduledProducts, type RenewalSchedule } from "./renewal-schedule";
import type { Subscription } from "./subscription";

/** How many seats one subscription of a product may have; undefined where Microsoft names no bound. */
export interface SeatLimits {
  minimum: number | undefined;
  maximum: number | undefined;
}

/** A product as Microsoft sells it to one customer. */
export interface SoldProduct extends SeatLimits {
  /** What the customer's directory calls its licences: Graph's `skuId` (fact sheet §10). */
  directorySkuId: string | undefined;
}

/** A way in which a product can be bought today. Availabilities change: a stored one is refused sooner or later. */
export interface OfferPlan {
  availabilityId: string;
  term: string;
  billingCycle: string;
}

/**
 * What Microsoft sells to a customer (fact sheet §7), by `productId:skuId`. Throws as `SubscriptionSource` does. A product
 * that is not sold any more has no page and no plans.
 */
export interface OfferSource {
  /** May be an hour old. */
  product(reseller: ResellerIdentity, customer: CspCustomerId, sku: string): Promise<SoldProduct | undefined>;
  plans(reseller: ResellerIdentity, customer: CspCustomerId, sku: string): Promise<OfferPlan[]>;
}

/** What a plan needs to know of Microsoft's offers. */
export interface Offers {
  /** Of the subscription's own product. */
  limits: SeatLimits | undefined;
  /** Of the products that a schedule names. */
  plans: readonly (OfferPlan & { sku: string })[];
}

/** Reads the offers that matter for a change of this subscription's seats. */
export async function readOffers(
  source: OfferSource,
  reseller: ResellerIdentity,
  customer: CspCustomerId,
  subject: { subscription: Subscription; savedSchedule?: RenewalSchedule | undefined },
): Promise<Offers> {
  const { productSku, schedule } = subject.subscription;
  const products = [subject.savedSchedule, schedule].flatMap((one) => (one ? scheduledProducts(one) : []));
  const skus = [...new Set(products.map(({ sku }) => sku))].filter(isProductSku);
  const [limits, ...plans] = await Promise.all([
    isProductSku(productSku) ? source.product(reseller, customer, productSku) : undefined,
    ...skus.map(async (sku) => (await source.plans(reseller, customer, sku)).map((plan) => ({ ...plan, sku }))),
  ]);
  return { limits, plans: plans.flat() };
}

/** Legacy offers are a GUID, an Azure plan a word: neither has a page in the catalogue. */
export function isProductSku(sku: string): boolean {
  return /^[0-9a-z]+:[0-9a-z]+$/i.test(sku);
}
