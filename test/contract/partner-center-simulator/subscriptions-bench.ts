import { availabilityIdAt } from "../../../local/partner-center-simulator/catalog/availability-ids";
import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { samplePartner } from "../../../local/partner-center-simulator/default-seed";
import type { SimulatorSeed, SubscriptionSeed } from "../../../local/partner-center-simulator/seed";
import type { SimulatorOptions } from "../../../local/partner-center-simulator/start-simulator";
import { guid, START, startBench, type Bench, type CallOptions, type Json, type Reply } from "./transport-client";

export const customerId = guid("customer");
export const subscriptionId = guid("subscription");
export const partnerId = samplePartner.tenantId;

/** One customer with the subscriptions a test needs; the first has `subscriptionId`. */
export function seedOf(...subscriptions: Partial<SubscriptionSeed>[]): SimulatorSeed {
  return {
    partners: [samplePartner],
    customers: [
      { id: customerId, companyName: "Larkspur Dental", domain: "larkspur.example", partners: [partnerId] },
      { id: guid("neighbour"), companyName: "Larkspur Dental Care", domain: "care.example", partners: [partnerId] },
    ],
    subscriptions: subscriptions.map((subscription, index) => ({
      ...(index === 0 ? { id: subscriptionId } : {}),
      ...{ customerId, partnerId, sku: sku.businessPremium, quantity: 10 },
      ...subscription,
    })),
  };
}

/** A product as schedules and carts name it, with the availability of the tests' first day. */
export function catalogItem(
  key: string,
  termDuration: string,
  billingCycle: string,
): Record<"productId" | "skuId" | "availabilityId" | "termDuration" | "billingCycle", string> {
  const [productId = "", skuId = ""] = key.split(":");
  const availabilityId = availabilityIdAt(productId, skuId, "DE", START.getTime());
  return { productId, skuId, availabilityId, billingCycle, termDuration };
}

export interface SubscriptionBench extends Bench {
  read(id?: string): Promise<Json>;
  /** Reads, changes, sends everything back: the way Partner Center wants it. */
  change(changes: Json, options?: CallOptions & { id?: string }): Promise<Reply>;
  /** Sends exactly this body. */
  patch(body: Json, options?: CallOptions & { id?: string }): Promise<Reply>;
}

export const subscriptionPath = (id = subscriptionId): string => `/v1/customers/${customerId}/subscriptions/${id}`;

/** A simulator with a few subscriptions of one customer. */
export async function startSubscriptions(
  subscriptions: Partial<SubscriptionSeed>[] = [{}],
  options: SimulatorOptions = {},
): Promise<SubscriptionBench> {
  const bench = await startBench({ seed: seedOf(...subscriptions), ...options });
  const read = async (id = subscriptionId): Promise<Json> => {
    const reply = await bench.call("GET", subscriptionPath(id));
    if (reply.status !== 200) throw new Error(`GET ${id}: ${reply.status} ${reply.text}`);
    return reply.body;
  };
  const patch: SubscriptionBench["patch"] = (body, { id = subscriptionId, ...options } = {}) =>
    bench.call("PATCH", subscriptionPath(id), { ...options, body });
  return {
    ...bench,
    read,
    patch,
    change: async (changes, options = {}) => patch({ ...(await read(options.id)), ...changes }, options),
  };
}
