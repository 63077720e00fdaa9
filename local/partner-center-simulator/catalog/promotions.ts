import type { JsonObject, World } from "../world";
import { skuKey } from "../world";
import { sku } from "./catalog";

interface Promotion {
  id: string;
  name: string;
  description: string;
  /** `productId:skuId`. */
  product: string;
  duration: string;
  billingCycle: string;
  percentDiscount: number;
  minimumSeats: number;
  maximumSeats: number;
  /** Only for customers who never had the SKU. */
  firstPurchaseOnly: boolean;
  segment: string;
}

/** Invented promotions in the shape of real ones. Limits count over all partners of a customer. */
export const promotions: Promotion[] = [
  {
    id: "39NFJQT1SIM1:0001:39NFJQT1AA01",
    name: "Business Premium first year",
    description: "15 % off the first annual term of Microsoft 365 Business Premium, 1 to 300 seats. Sample promotion.",
    product: sku.businessPremium,
    duration: "P1Y",
    billingCycle: "annual",
    percentDiscount: 15,
    minimumSeats: 1,
    maximumSeats: 300,
    firstPurchaseOnly: true,
    segment: "commercial",
  },
  {
    id: "39NFJQT1SIM2:0001:39NFJQT1AA02",
    name: "Copilot for teams",
    description: "20 % off annual terms of Microsoft 365 Copilot from 10 seats. Sample promotion.",
    product: sku.copilot,
    duration: "P1Y",
    billingCycle: "monthly",
    percentDiscount: 20,
    minimumSeats: 10,
    maximumSeats: 2400,
    firstPurchaseOnly: false,
    segment: "commercial",
  },
];

export function findPromotion(id: string): Promotion | undefined {
  return promotions.find((promotion) => promotion.id === id);
}

interface PromotionError extends JsonObject {
  type: "SeatCount" | "Term" | "FirstPurchase" | "Product";
}

/** Why a purchase would not get the promotion; empty when it would. */
export function promotionErrors(
  promotion: Promotion,
  purchase: { customerId: string; productAndSku: string; quantity: number; termDuration: string; billingCycle: string },
  world: World,
): PromotionError[] {
  const errors: PromotionError[] = [];
  if (purchase.productAndSku !== promotion.product)
    errors.push({ type: "Product", description: "Not for this product." });
  const termFits =
    purchase.termDuration === promotion.duration &&
    purchase.billingCycle.toLowerCase() === promotion.billingCycle.toLowerCase();
  if (!termFits) {
    const eligibleTerms = [{ duration: promotion.duration, billingCycle: promotion.billingCycle }];
    errors.push({ type: "Term", description: "Not for this term and billing cycle.", eligibleTerms });
  }
  if (purchase.quantity < promotion.minimumSeats || purchase.quantity > promotion.maximumSeats) {
    errors.push({
      type: "SeatCount",
      description: "The number of seats is outside the limits.",
      minimumRequiredSeats: promotion.minimumSeats,
      maximumRequiredSeats: promotion.maximumSeats,
      availableSeats: promotion.maximumSeats,
    });
  }
  if (promotion.firstPurchaseOnly && ownsAlready(world, purchase.customerId, promotion.product)) {
    errors.push({ type: "FirstPurchase", description: "Only for customers who did not own the product before." });
  }
  return errors;
}

function ownsAlready(world: World, customerId: string, product: string): boolean {
  return [...world.subscriptions.values()].some(
    (owned) => owned.customerId === customerId && !owned.resource.isTrial && skuKey(owned.resource.offerId) === product,
  );
}

export function promotionResource(promotion: Promotion, country: string, now: Date): JsonObject {
  const [productId = "", skuId = ""] = promotion.product.split(":");
  const year = now.getUTCFullYear();
  return {
    id: promotion.id,
    name: promotion.name,
    description: promotion.description,
    startDate: `${year}-01-01T00:00:00Z`,
    endDate: `${year}-12-31T23:59:59Z`,
    properties: { isAutoApplicable: false },
    requiredProducts: [
      {
        productId,
        skuId,
        term: { duration: promotion.duration, billingCycle: promotion.billingCycle },
        pricingPolicies: [{ policyType: "PercentDiscount", value: promotion.percentDiscount }],
      },
    ],
    promotionConstraints: {
      seatConstraints: [{ minimumRequiredSeats: promotion.minimumSeats, maximumRequiredSeats: promotion.maximumSeats }],
      assetOwnershipLimits: [],
      eligibilityConstraints: promotion.firstPurchaseOnly ? [{ type: "FirstPurchase" }] : [],
      productOwnershipConstraints: [],
    },
    links: { self: { uri: `/productpromotions/${promotion.id}?country=${country}`, method: "GET", headers: [] } },
    attributes: { objectType: "ProductPromotion" },
  };
}
