import { z } from "zod";
import { refuse } from "../errors";
import { bodyObject, camelCased, collection, customerOf, type AddRoute, type Answer, type Call } from "../route";
import { skuKey } from "../world";
import { findMarket, type Market } from "./markets";
import { findPromotion, promotionErrors, promotionResource, promotions } from "./promotions";

/** Promotions and whether a customer would get them (partner-center-api.md §7). */
export function registerPromotions(add: AddRoute): void {
  add({ method: "GET", path: "/v1/productpromotions", name: "listPromotions", token: "any" }, listPromotions);
  add({ method: "GET", path: "/v1/productpromotions/:promotionId", name: "getPromotion", token: "any" }, getPromotion);
  add(
    {
      method: "POST",
      path: "/v1/customers/:customerId/promotionEligibilities",
      name: "checkPromotionEligibilities",
      token: "any",
    },
    checkEligibilities,
  );
}

function marketOf(call: Call): Market {
  const country = call.query.get("country") ?? "";
  return (
    findMarket(country) ?? refuse(400, 400056, `The country '${country}' is missing or not one of ours.`, ["country"])
  );
}

function listPromotions(call: Call): Answer {
  const { country } = marketOf(call);
  const segment = (call.query.get("segment") ?? "").toLowerCase();
  if (segment === "") refuse(400, 400056, "The segment is missing.", ["segment"]);
  const items = promotions
    .filter((promotion) => promotion.segment === segment)
    .map((promotion) => promotionResource(promotion, country, call.now));
  return { status: 200, body: collection(items, call.path) };
}

function getPromotion(call: Call): Answer {
  const { country } = marketOf(call);
  const promotion = findPromotion(call.params["promotionId"] ?? "");
  if (!promotion) return refuse(404, 1000, "The promotion was not found.");
  return { status: 200, body: promotionResource(promotion, country, call.now) };
}

const EligibilityRequest = z.object({
  items: z
    .array(
      z.looseObject({
        id: z.union([z.number(), z.string()]),
        catalogItemId: z.string(),
        quantity: z.int().positive(),
        billingCycle: z.string(),
        termDuration: z.string(),
        promotionId: z.string(),
      }),
    )
    .min(1),
});

function checkEligibilities(call: Call): Answer {
  const customerId = customerOf(call).id;
  const parsed = EligibilityRequest.safeParse(camelCased(bodyObject(call)));
  if (!parsed.success)
    return refuse(400, 400056, "The promotion request is incomplete.", [z.prettifyError(parsed.error)]);
  const items = parsed.data.items.map((item) => {
    const { id, catalogItemId, quantity, promotionId } = item;
    const promotion = findPromotion(promotionId);
    if (!promotion) return refuse(404, 1000, `The promotion '${promotionId}' was not found.`);
    const purchase = { ...item, customerId, productAndSku: skuKey(catalogItemId) };
    const errors = promotionErrors(promotion, purchase, call.simulation.world);
    const eligibilities = [{ promotionId, isEligible: errors.length === 0, errors }];
    return { id, catalogItemId, quantity, eligibilities };
  });
  return { status: 200, body: { items, attributes: { objectType: "PromotionEligibilities" } } };
}
