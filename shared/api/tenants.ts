import { z } from "zod";
import { CspCustomerId, CustomerId, ResellerId, TenantId } from "../domain/access/ids";
import { ConnectionState } from "../domain/resellers/connection-health";
import { ConsentState } from "../domain/tenants/tenant";
import { listErrors, listOf, pageQuery } from "./list";
import { partnerCenterErrors, signInServiceErrors } from "./outage-errors";
import { defineRoute } from "./route";
import { ReturnTo, SearchText } from "./shared-views";

const ConsentView = z
  .object({ state: ConsentState, permissions: z.array(z.string()), at: z.iso.datetime().optional() })
  .meta({ id: "TenantConsent" });

export const ConnectionView = z
  .object({
    resellerId: ResellerId,
    cspCustomerId: CspCustomerId,
    connectedAt: z.iso.datetime(),
    connectedBy: z.string(),
  })
  .meta({ id: "Connection" });

export const TenantView = z
  .object({
    tenantId: TenantId,
    customerId: CustomerId,
    displayName: z.string(),
    domain: z.string(),
    consent: ConsentView,
    inModule: z.boolean().meta({ description: "Added to Microsoft CSP management here; else only known." }),
    connectionState: ConnectionState.meta({
      description: "`Degraded`: connected through a reseller nobody is signed in for. Nothing is lost; changes wait.",
    }),
    connection: ConnectionView.optional(),
  })
  .meta({ id: "Tenant" });

const params = z.object({ tenantId: TenantId });
const customerParams = z.object({ customerId: CustomerId });

export const listTenantsRoute = defineRoute({
  name: "listTenants",
  operations: ["C17"],
  method: "GET",
  path: "/api/v1/csp/tenants",
  summary: "List the tenants of the module",
  description: "A list across tenants: a change can take a moment to show.",
  tag: "Tenants",
  permission: "tenant.read",
  query: z.strictObject({
    ...pageQuery,
    search: SearchText,
    customerId: CustomerId.optional(),
    state: ConnectionState.optional(),
  }),
  responses: { 200: { description: "A page of tenants.", schema: listOf(TenantView) } },
  errors: listErrors,
});

export const registerTenantRoute = defineRoute({
  name: "registerTenant",
  operations: ["C20"],
  method: "POST",
  path: "/api/v1/csp/customers/{customerId}/tenants",
  summary: "Make a customer's directory known",
  description: "It joins the module with `addTenant`, after consent. Audit: `tenant.register`.",
  tag: "Tenants",
  permission: "tenant.manage",
  params: customerParams,
  body: z.strictObject({
    domain: z
      .string()
      .trim()
      .toLowerCase()
      .min(1)
      .max(253)
      .optional()
      .meta({ description: "A verified domain; or give `tenantId`." }),
    tenantId: TenantId.optional(),
    displayName: z.string().trim().min(1).max(100),
  }),
  responses: { 201: { description: "The tenant.", schema: TenantView } },
  errors: {
    tenantExists: { status: 409, description: "This directory is known already." },
    unresolved: { status: 422, description: "Microsoft knows no such directory." },
    ...signInServiceErrors,
  },
});

export const getTenantConsentRoute = defineRoute({
  name: "getTenantConsent",
  operations: ["C21"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/consent",
  summary: "Whether a tenant has consented to the tenant app",
  tag: "Tenants",
  permission: "tenant.read",
  params,
  responses: { 200: { description: "State and permissions.", schema: ConsentView } },
});

export const startTenantConsentRoute = defineRoute({
  name: "startTenantConsent",
  operations: ["C22"],
  method: "POST",
  path: "/api/v1/csp/tenants/{tenantId}/consent",
  summary: "Start a tenant's admin consent",
  description: "Answers the address where an administrator of the customer accepts. Audit: `tenant.consent.start`.",
  tag: "Tenants",
  permission: "tenant.manage",
  params,
  body: z.strictObject({ returnTo: ReturnTo }),
  responses: {
    200: {
      description: "Where to consent.",
      schema: z.object({ consentUrl: z.url(), expiresAt: z.iso.datetime() }).meta({ id: "ConsentStart" }),
    },
  },
  errors: { returnToNotAllowed: { status: 400, description: "`returnTo` is not on the list of allowed origins." } },
});

export const addTenantRoute = defineRoute({
  name: "addTenant",
  operations: ["C23"],
  method: "POST",
  path: "/api/v1/csp/tenants",
  summary: "Add a tenant to the module",
  description: "Audit: `tenant.add`.",
  tag: "Tenants",
  permission: "tenant.manage",
  body: z.strictObject({ tenantId: TenantId }),
  responses: { 201: { description: "The tenant, not connected yet.", schema: TenantView } },
  errors: {
    notFound: { status: 404, description: "The tenant is not known; register it first." },
    consentRequired: { status: 409, description: "The tenant has not consented yet." },
    tenantAlreadyAdded: { status: 409, description: "It is in the module already." },
  },
});

export const getTenantRoute = defineRoute({
  name: "getTenant",
  operations: ["C30"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}",
  summary: "Get a tenant",
  tag: "Tenants",
  permission: "tenant.read",
  params,
  responses: { 200: { description: "The tenant.", schema: TenantView } },
});

export const connectTenantRoute = defineRoute({
  name: "connectTenant",
  operations: ["C27"],
  method: "PUT",
  path: "/api/v1/csp/tenants/{tenantId}/connection",
  summary: "Connect a tenant to Microsoft CSP",
  description:
    "Maps the tenant to its customer record at a reseller, and starts the first sync. Send `If-None-Match: *`. Audit: `connection.create`.",
  tag: "Tenants",
  permission: "tenant.manage",
  params,
  body: z.strictObject({ resellerId: ResellerId, cspCustomerId: CspCustomerId }),
  concurrency: "ifNoneMatch",
  responses: { 201: { description: "The connection.", schema: ConnectionView } },
  errors: {
    customerAlreadyMapped: { status: 409, description: "The tenant is connected already." },
    tenantNotAdded: { status: 409, description: "Add the tenant to the module first." },
    customerTenantMismatch: {
      status: 422,
      description: "The customer record is another directory's; seats would land there.",
    },
    customerNotFound: { status: 422, description: "The reseller has no such customer, or had it once." },
    ...partnerCenterErrors,
  },
});
