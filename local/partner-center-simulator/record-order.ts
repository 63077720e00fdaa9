import type { Simulation } from "./route";
import type { JsonObject, Order, Subscription } from "./world";

export interface OrderInput {
  customerId: string;
  partnerId: string;
  billingCycle: string;
  transactionType: "UserPurchase" | "SystemPurchase" | "SystemBilling";
  lineItems: JsonObject[];
  /** Default: completed. */
  status?: "completed" | "pending";
  /** Epoch milliseconds; default: now. */
  at?: number;
  /** More fields of the order resource. */
  more?: JsonObject;
}

const currencySymbols: Record<string, string> = { EUR: "€", GBP: "£", USD: "$", CHF: "CHF" };

/** Every purchase, seat change, renewal, transition and cancel leaves an order (partner-center-api.md §6.1). */
export function recordOrder(simulation: Simulation, input: OrderInput): Order {
  const { world, clock, switches } = simulation;
  const createdAt = input.at ?? clock.nowMs();
  const id = world.ids.hex(12);
  const currencyCode = world.customers.get(input.customerId)?.currency ?? "EUR";
  const self = `/customers/${input.customerId}/orders/${id}`;
  const order: Order = {
    id,
    customerId: input.customerId,
    partnerId: input.partnerId,
    createdAt,
    visibleAt: createdAt + switches.orderVisibilitySeconds * 1000,
    resource: {
      id,
      alternateId: world.ids.hex(10).toUpperCase(),
      referenceCustomerId: input.customerId,
      billingCycle: input.billingCycle,
      currencyCode,
      currencySymbol: currencySymbols[currencyCode] ?? currencyCode,
      lineItems: input.lineItems,
      creationDate: new Date(createdAt).toISOString(),
      status: input.status ?? "completed",
      transactionType: input.transactionType,
      ...input.more,
      links: {
        self: { uri: self, method: "GET", headers: [] },
        provisioningStatus: { uri: `${self}/provisioningstatus`, method: "GET", headers: [] },
        patchOperation: { uri: self, method: "PATCH", headers: [] },
      },
      attributes: { etag: Buffer.from(`order ${id}`).toString("base64"), objectType: "Order" },
    },
  };
  world.orders.set(id, order);
  return order;
}

/** The order behind a change of one subscription; `quantity` is the number of seats it is about. */
export function recordSubscriptionOrder(
  simulation: Simulation,
  subscription: Subscription,
  transactionType: "AddQuantity" | "RemoveQuantity" | "Renew" | "Cancel" | "Convert",
  quantity: number,
  at?: number,
): Order {
  const { resource } = subscription;
  const total = simulation.switches.orderLineQuantity === "total" ? resource.quantity : quantity;
  return recordOrder(simulation, {
    customerId: subscription.customerId,
    partnerId: subscription.partnerId,
    billingCycle: resource.billingCycle,
    transactionType: transactionType === "Renew" ? "SystemPurchase" : "UserPurchase",
    ...(at === undefined ? {} : { at }),
    lineItems: [
      {
        lineItemNumber: 0,
        offerId: resource.offerId,
        subscriptionId: subscription.id,
        ...(resource.parentSubscriptionId === undefined ? {} : { parentSubscriptionId: resource.parentSubscriptionId }),
        termDuration: resource.termDuration,
        transactionType,
        friendlyName: resource.friendlyName,
        quantity: total,
      },
    ],
  });
}
