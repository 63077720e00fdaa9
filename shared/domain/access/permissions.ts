/** The roles of product.md §10; each is an app role of our API in Entra, named as here. */
export const ROLES = ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"] as const;
export type Role = (typeof ROLES)[number];

/**
 * Which roles hold a permission (product.md §10). Every one of them is also limited by the caller's scope. An app
 * (`ApiApp`) may change subscriptions only where its grant opts in; no such grant exists yet, so it may not.
 */
const HOLDERS = {
  "reseller.read": ["Admin", "Operator", "Reader", "ApiApp"],
  "reseller.manage": ["Admin"],
  "tenant.read": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "tenant.manage": ["Admin", "Operator"],
  "tenant.disconnect": ["Admin"],
  "subscription.read": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "subscription.quantity": ["Admin", "Operator"],
  "order.read": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "audit.read": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "access.manage": ["Admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof HOLDERS;

/** True when one of the roles holds the permission. */
export function rolesAllow(roles: readonly Role[], permission: Permission): boolean {
  const holders: readonly Role[] = HOLDERS[permission];
  return roles.some((role) => holders.includes(role));
}
