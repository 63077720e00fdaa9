import { z } from "zod";

/** The roles of product.md §10; each is an app role of our API in Entra, named as here. */
export const ROLES = ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"] as const;
export type Role = (typeof ROLES)[number];

/**
 * Which roles hold a permission: the table of product.md §10. Every one of them is also limited by the caller's scope,
 * and some by what the caller is to a request: an Approver reads the audit entries of requests they were named on.
 */
const HOLDERS = {
  "reseller.read": ["Admin", "Operator", "Reader", "ApiApp"],
  "reseller.manage": ["Admin"],
  "price.read": ["Admin", "Operator", "ApiApp"],
  "price.manage": ["Admin"],
  "tenant.read": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "tenant.manage": ["Admin", "Operator"],
  "tenant.disconnect": ["Admin"],
  "subscription.read": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "subscription.quantity": ["Admin", "Operator"],
  "subscription.billing": ["Admin", "Operator"],
  "subscription.autorenew": ["Admin", "Operator"],
  "subscription.suspend": ["Admin", "Operator"],
  "subscription.reactivate": ["Admin", "Operator"],
  "subscription.cancel": ["Admin"],
  "order.read": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "lcr.submit": ["Admin", "Operator", "Approver", "TenantUser", "ApiApp"],
  "lcr.decide": ["Admin", "Operator", "Approver", "TenantUser"],
  "lcr.readAll": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "lcr.purchase": ["Admin", "Operator"],
  "approval.bypass": ["Admin"],
  "approvalProcess.manage": ["Admin", "Operator"],
  "licenseSettings.manage": ["Admin", "Operator"],
  "audit.read": ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"],
  "access.manage": ["Admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof HOLDERS;

/** Who reads whole audit logs. An Approver with no other role reads what concerns their own tasks (product.md §12.2). */
export function seesWholeAudit(roles: readonly Role[]): boolean {
  return roles.some((role) => role !== "Approver" && rolesAllow([role], "audit.read"));
}

/** What an app (`ApiApp`) holds only where its own grant says so: changes of what Microsoft charges for. */
export const OptIn = z.enum(["subscription.quantity", "subscription.billing", "subscription.autorenew"]);
export type OptIn = z.infer<typeof OptIn>;

/** True when one of the roles holds the permission. */
export function rolesAllow(roles: readonly Role[], permission: Permission): boolean {
  const holders: readonly Role[] = HOLDERS[permission];
  return roles.some((role) => holders.includes(role));
}
