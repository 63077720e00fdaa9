import type { CspCustomerId } from "../access/ids";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import type { Subscription } from "./subscription";

/** Free seats in a customer's directory, by Graph's `skuId` in lower case. Throws as `SubscriptionSource` does. */
export interface LicenceUsage {
  available(reseller: ResellerIdentity, customer: CspCustomerId): Promise<ReadonlyMap<string, number>>;
}

/** A licence of a tenant, over all the subscriptions that back it (product.md §5.1). */
export interface Licence {
  productSku: string;
  name: string;
  /** Of its active subscriptions. */
  totalSeats: number;
  /** Not assigned to anybody; absent where Microsoft does not tell. Products may share their licences in the directory. */
  availableSeats?: number;
  /** Seats in requests that wait for a decision, and those decided but not bought yet. */
  pendingApproval: number;
  pendingPurchase: number;
}

/** Seats that a change would add, and how far it is. */
export interface PendingSeats {
  subscriptionId: string;
  seats: number;
  waitsFor: "approval" | "purchase";
}

/** One line per product, in the order of the list. */
export function rollUpLicences(
  subscriptions: readonly Subscription[],
  pending: readonly PendingSeats[],
  available: (productSku: string) => number | undefined,
): Licence[] {
  const licences = new Map<string, Licence>();
  for (const { id, productSku, offerName, status, quantity } of subscriptions) {
    const free = available(productSku);
    const licence = licences.get(productSku) ?? {
      ...{ productSku, name: offerName, totalSeats: 0, pendingApproval: 0, pendingPurchase: 0 },
      ...(free === undefined ? {} : { availableSeats: free }),
    };
    const own = pending.filter(({ subscriptionId }) => subscriptionId === id);
    const sum = (waitsFor: PendingSeats["waitsFor"]): number =>
      own.filter((one) => one.waitsFor === waitsFor).reduce((total, { seats }) => total + seats, 0);
    licences.set(productSku, {
      ...licence,
      totalSeats: licence.totalSeats + (status === "active" ? quantity : 0),
      pendingApproval: licence.pendingApproval + sum("approval"),
      pendingPurchase: licence.pendingPurchase + sum("purchase"),
    });
  }
  return [...licences.values()];
}
