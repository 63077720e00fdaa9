import { z } from "zod";
import { refuse } from "../errors";
import { camelCased } from "../route";
import type { JsonObject } from "../world";

const Participant = z.looseObject({ key: z.string(), value: z.string() });

/** A line as clients send it. What is merely unfit becomes an error of the line; only a wrong type refuses the cart. */
const CartLine = z.looseObject({
  id: z.int().optional(),
  catalogItemId: z.string().optional(),
  friendlyName: z.string().nullish(),
  quantity: z.number().optional(),
  currencyCode: z.string().nullish(),
  billingCycle: z.string().optional(),
  termDuration: z.string().nullish(),
  promotionId: z.string().nullish(),
  customTermEndDate: z.string().nullish(),
  participants: z.array(Participant).nullish(),
  provisioningContext: z.record(z.string(), z.unknown()).nullish(),
  attestationAccepted: z.boolean().nullish(),
  renewsTo: z.looseObject({ termDuration: z.string() }).nullish(),
  get addonItems() {
    return z.array(CartLine).nullish();
  },
});
export type CartLine = z.infer<typeof CartLine>;

const CartBody = z.looseObject({
  lineItems: z.array(CartLine).min(1),
  partnerOnRecordAttestationAccepted: z.boolean().nullish(),
});
export type CartBody = z.infer<typeof CartBody>;

/** Reads the body of a cart, property names in any case; 400/800002 when it is none. */
export function readCartBody(body: JsonObject): CartBody {
  const parsed = CartBody.safeParse(camelCased(body));
  if (!parsed.success) return refuse(400, "800002", "The cart is invalid.", [z.prettifyError(parsed.error)]);
  return parsed.data;
}
