import { z } from "zod";
import type { SubscriptionId, TenantId } from "../access/ids";

/** Where they lie in the tenant's partition of the table `state`. */
export const SNAPSHOT_PREFIX = "sub_";

/** A subscription as last seen; never decided upon. Dates are text, as stored. */
export const SubscriptionSnapshot = z.object({
  subscriptionId: z.string(),
  /** Through which reseller it was seen; a tenant that changed it has other subscriptions now. */
  resellerId: z.string().optional(),
  asOf: z.iso.datetime(),
  friendlyName: z.string(),
  offerName: z.string(),
  productSku: z.string(),
  quantity: z.int(),
  status: z.string(),
  raw: z.record(z.string(), z.unknown()),
});
export type SubscriptionSnapshot = z.infer<typeof SubscriptionSnapshot>;

/** Snapshots live beside the tenant, outside its decisions. */
export interface SnapshotStore {
  /** Stores the snapshots that are newer than what is there. */
  putAll(tenantId: TenantId, snapshots: readonly SubscriptionSnapshot[]): Promise<void>;
  find(tenantId: TenantId, id: SubscriptionId): Promise<SubscriptionSnapshot | undefined>;
}
