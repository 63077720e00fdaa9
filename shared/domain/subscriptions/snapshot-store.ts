import { z } from "zod";
import type { SubscriptionId, TenantId } from "../access/ids";

/** A subscription as last seen; never decided upon. Dates are text, as stored. */
export const SubscriptionSnapshot = z.object({
  subscriptionId: z.string(),
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
