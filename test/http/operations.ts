import { randomUUID } from "node:crypto";
import { resellerApps } from "../../local/presets/demo-apps";
import { accountId, customerTenants, mspTenant, resellerTenants } from "../../local/presets/tenants";

/** The roles of product.md §10. */
export const roles = ["Admin", "Operator", "Approver", "Reader", "TenantUser", "ApiApp"] as const;
export type Role = (typeof roles)[number];

const everybody = roles;
const staff = ["Admin", "Operator"] as const;
const admin = ["Admin"] as const;

/** What stands in the world before the operations are tried: the ids that go into their addresses. */
export interface Ids {
  resellerId: string;
  customerId: string;
  /** In the module and connected. */
  tenantId: string;
  /** Of that tenant. */
  subscriptionId: string;
  changeId: string;
  /** An onboarding of the reseller's. */
  batchId: string;
  /** Somebody of the MSP to whom something was granted. */
  principal: string;
}

export interface Operation {
  c: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  /** Who may, by product.md §10 and §12.2. */
  allowed: readonly Role[];
  /** A body that is understood; absent on GET. */
  body?: (ids: Ids) => Record<string, unknown>;
  /** The precondition header it wants (design §6). */
  precondition?: "if-match" | "if-none-match";
  /** Answered only to those who may see everything; to others with this status. */
  wholeScope?: 403 | 404;
}

/**
 * Every operation that wants a token, written down here from the specification and not read from our declarations, so that
 * a mistake in a declaration shows.
 */
export const operations: readonly Operation[] = [
  { c: "C1", method: "GET", path: "/summary", allowed: ["Admin", "Operator", "Reader", "ApiApp"] },
  { c: "C4", method: "GET", path: "/reseller-domains", allowed: ["Admin", "Operator", "Reader", "ApiApp"] },
  { c: "C5", method: "GET", path: "/app-registration-info", allowed: ["Admin", "Operator", "Reader", "ApiApp"] },
  { c: "C2", method: "GET", path: "/resellers", allowed: ["Admin", "Operator", "Reader", "ApiApp"] },
  {
    ...{ c: "C3", method: "POST", path: "/resellers", allowed: admin },
    body: () => ({
      displayName: `Reseller ${randomUUID()}`,
      domain: resellerTenants.northgate.domain,
      applicationId: randomUUID(),
      applicationSecret: resellerApps.northgate.secret,
    }),
  },
  { c: "C11", method: "GET", path: "/resellers/{resellerId}", allowed: ["Admin", "Operator", "Reader", "ApiApp"] },
  {
    ...{ c: "C8", method: "POST", path: "/resellers/{resellerId}/authorization", allowed: admin },
    body: () => ({ returnTo: "{apiUrl}/done" }),
  },
  {
    ...{ c: "C6", method: "PATCH", path: "/resellers/{resellerId}", allowed: admin, precondition: "if-match" },
    body: () => ({ displayName: `Reseller ${randomUUID()}` }),
  },
  {
    ...{ c: "C7", method: "DELETE", path: "/resellers/{resellerId}", allowed: admin, precondition: "if-match" },
  },
  { c: "C66", method: "POST", path: "/resellers/{resellerId}/check", allowed: admin },
  { c: "C26", method: "GET", path: "/resellers/{resellerId}/customers", allowed: staff },
  {
    ...{ c: "C67", method: "POST", path: "/resellers/{resellerId}/onboarding/plan", allowed: staff },
    body: () => ({ cspCustomerIds: [customerTenants.schule.tenantId] }),
  },
  {
    ...{ c: "C67", method: "POST", path: "/resellers/{resellerId}/onboarding/apply", allowed: staff },
    body: () => ({ cspCustomerIds: [customerTenants.schule.tenantId], planHash: "of-no-plan" }),
  },
  { c: "C67", method: "GET", path: "/resellers/{resellerId}/onboarding/{batchId}", allowed: staff, wholeScope: 404 },
  { c: "C18", method: "GET", path: "/customers", allowed: everybody },
  {
    ...{ c: "C63", method: "POST", path: "/customers", allowed: staff, wholeScope: 403 },
    body: () => ({ name: `Customer ${randomUUID()}` }),
  },
  { c: "C63", method: "GET", path: "/customers/{customerId}", allowed: everybody },
  {
    ...{ c: "C63", method: "PATCH", path: "/customers/{customerId}", allowed: staff, precondition: "if-match" },
    body: () => ({ externalReference: randomUUID() }),
  },
  {
    ...{ c: "C20", method: "POST", path: "/customers/{customerId}/tenants", allowed: staff },
    body: () => ({ domain: customerTenants.klinik.domain, displayName: customerTenants.klinik.name }),
  },
  { c: "C19", method: "GET", path: "/customers/{customerId}/tenants", allowed: everybody },
  { c: "C17", method: "GET", path: "/tenants", allowed: everybody },
  {
    ...{ c: "C23", method: "POST", path: "/tenants", allowed: staff },
    body: () => ({ tenantId: customerTenants.kanzlei.tenantId }),
  },
  { c: "C30", method: "GET", path: "/tenants/{tenantId}", allowed: everybody },
  { c: "C21", method: "GET", path: "/tenants/{tenantId}/consent", allowed: everybody },
  {
    ...{ c: "C22", method: "POST", path: "/tenants/{tenantId}/consent", allowed: staff },
    body: () => ({ returnTo: "{apiUrl}/done" }),
  },
  {
    ...{ c: "C27", method: "PUT", path: "/tenants/{tenantId}/connection", allowed: staff },
    body: ({ resellerId, tenantId }) => ({ resellerId, cspCustomerId: tenantId }),
    precondition: "if-none-match",
  },
  {
    ...{ c: "C28", method: "PUT", path: "/tenants/{tenantId}/connection", allowed: staff },
    body: ({ resellerId, tenantId }) => ({ resellerId, cspCustomerId: tenantId }),
    precondition: "if-match",
  },
  {
    ...{ c: "C29", method: "DELETE", path: "/tenants/{tenantId}/connection", allowed: staff },
    precondition: "if-match",
  },
  {
    ...{ c: "C24", method: "POST", path: "/tenants/{tenantId}/disconnect", allowed: admin },
    body: () => ({ confirmation: "Yes" }),
  },
  {
    ...{ c: "C64", method: "PATCH", path: "/tenants/{tenantId}", allowed: staff, precondition: "if-match" },
    body: () => ({ displayName: `Tenant ${randomUUID()}` }),
  },
  { c: "C31", method: "GET", path: "/tenants/{tenantId}/subscriptions", allowed: everybody },
  {
    ...{ c: "C32", method: "POST", path: "/tenants/{tenantId}/subscriptions/apply-changes", allowed: staff },
    body: () => ({ changes: [{ subscriptionId: "d0000000-0000-4000-8000-000000000004", delta: 1 }] }),
  },
  { c: "C68", method: "GET", path: "/tenants/{tenantId}/changes", allowed: everybody },
  { c: "C68", method: "GET", path: "/tenants/{tenantId}/changes/{changeId}", allowed: everybody },
  {
    ...{ c: "C69", method: "POST", path: "/tenants/{tenantId}/changes/{changeId}/resolve", allowed: staff },
    body: () => ({ outcome: "applied", reason: "The order shows it" }),
  },
  {
    ...{ c: "C69", method: "POST", path: "/tenants/{tenantId}/changes/{changeId}/look-again", allowed: staff },
    body: () => ({}),
  },
  {
    ...{ c: "C70", method: "POST", path: "/tenants/{tenantId}/changes/{changeId}/cancel", allowed: staff },
    body: () => ({ reason: "Not needed any more" }),
  },
  {
    ...{ c: "C70", method: "POST", path: "/tenants/{tenantId}/changes/{changeId}/retry", allowed: staff },
    body: () => ({}),
  },
  { c: "C72", method: "GET", path: "/changes", allowed: everybody },
  { c: "C71", method: "GET", path: "/settings/write-mode", allowed: admin },
  {
    ...{ c: "C71", method: "PUT", path: "/settings/write-mode", allowed: admin, precondition: "if-match" },
    body: () => ({ mode: "on" }),
  },
  { c: "C71", method: "GET", path: "/tenants/{tenantId}/write-mode", allowed: admin },
  {
    ...{ c: "C71", method: "PUT", path: "/tenants/{tenantId}/write-mode", allowed: admin, precondition: "if-match" },
    body: () => ({ mode: "default" }),
  },
  { c: "C46", method: "GET", path: "/tenants/{tenantId}/audit-logs", allowed: everybody },
  {
    ...{ c: "C42", method: "GET", allowed: everybody },
    path: "/tenants/{tenantId}/subscriptions/{subscriptionId}/audit-logs",
  },
  { c: "C46", method: "GET", path: "/audit-logs", allowed: everybody, wholeScope: 403 },
  { c: "C65", method: "GET", path: "/access", allowed: admin, wholeScope: 403 },
  { c: "C65", method: "GET", path: "/access/{principal}", allowed: admin, wholeScope: 403 },
  {
    ...{
      c: "C65",
      method: "PUT",
      path: "/access/{principal}",
      allowed: admin,
      precondition: "if-match",
      wholeScope: 403,
    },
    body: ({ tenantId }) => ({ scope: { kind: "some", customerIds: [], tenantIds: [tenantId] } }),
  },
  {
    c: "C65",
    method: "DELETE",
    path: "/access/{principal}",
    allowed: admin,
    precondition: "if-match",
    wholeScope: 403,
  },
];

/** Somebody of the MSP who never signs in: grants can be tried on them without a consequence. */
export const someColleague = `${mspTenant.tenantId}_${accountId(mspTenant, "colleague")}`;

/** The address of an operation, with these ids in it. */
export function addressOf({ path }: Operation, ids: Ids): string {
  return `/api/v1/csp${path.replace(/\{(\w+)\}/g, (_, name: keyof Ids) => ids[name])}`;
}

/** A body the operation understands, new for each call where names must be new. */
export function filledBody(operation: Operation, ids: Ids, apiUrl: string): Record<string, unknown> {
  const text = JSON.stringify(operation.body?.(ids) ?? {}).replaceAll("{apiUrl}", apiUrl);
  return JSON.parse(text) as Record<string, unknown>;
}

/** A precondition of the right form; the ETag is nobody's. */
export function preconditionOf({ precondition }: Operation): Record<string, string> {
  if (precondition === undefined) return {};
  return { [precondition]: precondition === "if-match" ? '"nobody"' : "*" };
}
