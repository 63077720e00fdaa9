import type { CustomerId, TenantId } from "./ids";
import { rolesAllow, type OptIn, type Permission, type Role } from "./permissions";

/** Which customers and tenants a caller may see and touch (grants; design §7). */
export type Scope =
  { kind: "all" } | { kind: "some"; customerIds: readonly CustomerId[]; tenantIds: readonly TenantId[] };

/** Who acts. Users and apps come from a verified access token; automation is a rule of ours. */
export interface Actor {
  kind: "user" | "app" | "automation";
  /** `{directory}_{object id}` of a user or `{directory}_{app id}` of an app; the rule's name for automation. */
  id: string;
  /** What people read in the audit log: user principal name, app name, rule. */
  name: string;
  roles: readonly Role[];
  scope: Scope;
  /** What the app's grant lets it do beside its role; absent for people. */
  optIns?: readonly OptIn[];
  clientIp?: string;
}

export function may(actor: Actor, permission: Permission): boolean {
  if (actor.kind === "automation" || rolesAllow(actor.roles, permission)) return true;
  const optIns: readonly Permission[] = actor.optIns ?? [];
  return actor.roles.includes("ApiApp") && optIns.includes(permission);
}

/** True when the tenant, or the customer that owns it, is in the caller's scope. */
export function seesTenant(actor: Actor, tenantId: TenantId, customerId?: CustomerId): boolean {
  if (actor.scope.kind === "all") return true;
  if (actor.scope.tenantIds.includes(tenantId)) return true;
  return customerId !== undefined && actor.scope.customerIds.includes(customerId);
}

/** True when the customer itself is in the caller's scope; owning one visible tenant does not show the customer. */
export function seesCustomer(actor: Actor, customerId: CustomerId): boolean {
  return actor.scope.kind === "all" || actor.scope.customerIds.includes(customerId);
}
