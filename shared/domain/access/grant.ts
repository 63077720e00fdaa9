import { z } from "zod";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { CustomerId, Principal, TenantId } from "./ids";
import { OptIn } from "./permissions";

export const GRANT_PREFIX = "grant_";

export function grantRow(principal: Principal): string {
  return GRANT_PREFIX + principal;
}

/** Whom a row of the grants is about. */
export function principalOf(row: string): Principal {
  return Principal.parse(row.slice(GRANT_PREFIX.length));
}

const GrantedScope = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("all") }),
  z.object({ kind: z.literal("some"), customerIds: z.array(CustomerId), tenantIds: z.array(TenantId) }),
]);

/** What somebody of the MSP's directory was given to see beside their role (design §7). */
export const Grant = z.object({
  /** Whom this is about, for people who read the list. */
  displayName: z.string().optional(),
  scope: GrantedScope,
  /** Apps only: the changes this one may ask for (product.md §10, column API app). */
  optIns: z.array(OptIn).default([]),
  grantedAt: z.iso.datetime(),
  grantedBy: z.string(),
  /** Rows of a transaction cannot be deleted conditionally, so a grant that was taken back is one that says so. */
  revokedAt: z.iso.datetime().optional(),
});
export type Grant = z.infer<typeof Grant>;

/** What a person or app was given, read live; undefined when nobody gave anything, or it was taken back. */
export async function findGrant(store: StateStore, principal: Principal): Promise<Grant | undefined> {
  const found = await store.get(MSP_PARTITION, grantRow(principal));
  const grant = found && Grant.parse(found.value);
  return grant?.revokedAt === undefined ? grant : undefined;
}
