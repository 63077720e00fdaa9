import { z } from "zod";
import { ChangeId, TenantId } from "../access/ids";

export const HEAD_ROW = "head";

/**
 * The row every decision of a partition goes through: taking the next `seq` by etag makes decisions serial and keeps
 * the audit chain from forking (change ledger §2).
 */
export const Head = z.object({
  /** Number of audit entries written in this partition so far. */
  seq: z.number().int().nonnegative(),
  /** Hash of the newest audit entry; empty before the first. */
  auditHash: z.string(),
  /** Tenants only: whether purchases may be made through a reseller right now. */
  connection: z.enum(["Connected", "Disconnecting"]).optional(),
  /** Tenants only: overrides nothing but can switch writes off, or name the tenant while the global mode is `listed`. */
  writeMode: z.enum(["off", "on"]).optional(),
  /** Tenants only: changes that are not final yet, oldest first. */
  openChanges: z.array(ChangeId).default([]),
});
export type Head = z.infer<typeof Head>;

export const EMPTY_HEAD: Head = { seq: 0, auditHash: "", openChanges: [] };

/** The partition of everything that belongs to the MSP itself. */
export const MSP_PARTITION = "msp";

const TENANT_PREFIX = "tenant_";

export function tenantPartition(tenantId: string): string {
  return TENANT_PREFIX + tenantId;
}

/** The tenant whose partition this is; the other way round of `tenantPartition`. */
export function tenantOf(partition: string): TenantId {
  return TenantId.parse(partition.slice(TENANT_PREFIX.length));
}
