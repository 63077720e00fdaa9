import { z } from "zod";
import { CspCustomerId, CustomerId, ResellerId, TenantId } from "../domain/access/ids";
import { Ask, ChangeState } from "../domain/changes/change";
import { ConnectionState } from "../domain/tenants/connection-status";
import { ConsentState } from "../domain/tenants/tenant";
import { listErrors, listOf, pageQuery } from "./list";
import { partnerCenterErrors, signInServiceErrors } from "./outage-errors";
import { defineRoute } from "./route";
import { AllowedActionView, ReturnTo, SearchText } from "./shared-views";

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

const ConnectionTrouble = z
  .object({ code: z.enum(["resellerNotAuthorized", "relationshipRemoved"]), message: z.string() })
  .meta({ id: "ConnectionTrouble" });

const CONNECTION_STATE =
  "`Degraded`: connected, but the reseller is not authorised any more, or the customer has ended its relationship with it; " +
  "nothing is lost, changes wait. `Disconnecting`: the connection is being removed or replaced, and no change is taken in.";

/** A tenant as lists show it: how it stands, and what it belongs to by name. */
export const TenantView = z
  .object({
    tenantId: TenantId,
    customerId: CustomerId,
    displayName: z.string(),
    domain: z.string(),
    consent: ConsentView,
    inModule: z.boolean().meta({ description: "Added to Microsoft CSP management here; else only known." }),
    connectionState: ConnectionState.meta({ description: CONNECTION_STATE }),
    connectionTrouble: ConnectionTrouble.optional().meta({ description: "Why it is degraded, and what to do." }),
    connection: ConnectionView.optional(),
    customerName: z.string().optional().meta({ description: "Absent for who may not see the customer's record." }),
    resellerName: z.string().optional(),
    lastSyncedAt: z.iso.datetime().optional().meta({ description: "When its subscriptions were last read." }),
  })
  .meta({ id: "Tenant" });

const OpenChangeView = z
  .object({
    changeId: z.string(),
    subscriptionId: z.string(),
    subscriptionName: z.string(),
    state: ChangeState,
    ask: Ask,
  })
  .meta({ id: "OpenChange" });

/** Open changes shown before a connection ends; a page of people, not of machines. */
export const LARGEST_SHOWN = 100;

export const TenantDetails = TenantView.extend({
  counters: z
    .object({
      subscriptions: z.int().meta({ description: "As last seen, whatever their status." }),
      activeSubscriptions: z.int(),
      seats: z.int().meta({ description: "Of the active ones." }),
      asOf: z.iso.datetime().optional().meta({ description: "When the oldest of these was seen; absent for none." }),
      openChanges: z.int(),
      needsReview: z.int(),
    })
    .meta({ id: "TenantCounters" }),
  disconnectPreview: z
    .object({
      cancels: z
        .array(OpenChangeView)
        .max(LARGEST_SHOWN)
        .meta({ description: `The oldest open changes that would be cancelled, ${LARGEST_SHOWN} at most.` }),
      cancelCount: z.int(),
      blockedBy: z.array(OpenChangeView).max(LARGEST_SHOWN).meta({
        description: "Changes under way at Microsoft, or waiting for a decision; these come to an end first.",
      }),
      notice: z.string().meta({ description: "What people should read before they confirm." }),
    })
    .meta({ id: "DisconnectPreview" })
    .meta({ description: "What ending or replacing the connection would do now. Show it before doing so." }),
  allowedActions: z.array(AllowedActionView),
}).meta({ id: "TenantDetails" });

const params = z.object({ tenantId: TenantId });
const customerParams = z.object({ customerId: CustomerId });

export const listTenantsRoute = defineRoute({
  name: "listTenants",
  operations: ["C17"],
  method: "GET",
  path: "/api/v1/csp/tenants",
  summary: "List the tenants of the module",
  description: "A list across tenants: a change can take a moment to show. Pending approvals are part of the details.",
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

export const listCustomerTenantsRoute = defineRoute({
  name: "listCustomerTenants",
  operations: ["C19"],
  method: "GET",
  path: "/api/v1/csp/customers/{customerId}/tenants",
  summary: "List a customer's tenants, with their consent",
  description: "A list across tenants: one that was just registered can take a moment to show.",
  tag: "Tenants",
  permission: "tenant.read",
  params: customerParams,
  query: z.strictObject({
    ...pageQuery,
    available: z
      .enum(["true", "false"])
      .optional()
      .meta({ description: "`true`: only those not in the module yet, which can be added." }),
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
  description:
    "With how it stands, its counters, what may be done with it, and under `disconnectPreview` what a dialog has to show before " +
    "the connection is removed or replaced, or the tenant disconnected: which open changes would be cancelled, and that nothing is " +
    "cancelled at Microsoft and billing goes on. Its ETag is what a change of it or of its connection has to name.",
  tag: "Tenants",
  permission: "tenant.read",
  params,
  responses: { 200: { description: "The tenant.", schema: TenantDetails } },
});

const confirmation = z.string().max(100).optional().meta({ description: "Exactly `Yes`, as typed by a person." });
const confirmationRequired = { status: 400, description: "`confirmation` is not exactly `Yes`." };
const operationInProgress = {
  status: 409,
  description:
    "A change is under way at Microsoft or needs review, or the connection is being removed or replaced. `changes` names them.",
};

export const updateTenantRoute = defineRoute({
  name: "updateTenant",
  operations: ["C64"],
  method: "PATCH",
  path: "/api/v1/csp/tenants/{tenantId}",
  summary: "Rename a tenant, or move it to another customer",
  description:
    "Who may see the tenant only through its customer does not see it after a move. Send `confirmation` for a move. Audit: `tenant.update`.",
  tag: "Tenants",
  permission: "tenant.manage",
  params,
  body: z
    .strictObject({
      displayName: z.string().trim().min(1).max(100).optional(),
      customerId: CustomerId.optional(),
      confirmation,
    })
    .refine(
      (body) => body.displayName !== undefined || body.customerId !== undefined,
      "name displayName or customerId",
    ),
  concurrency: "ifMatch",
  responses: { 200: { description: "The tenant as it is now.", schema: TenantView } },
  errors: { confirmationRequired, operationInProgress },
});

export const disconnectTenantRoute = defineRoute({
  name: "disconnectTenant",
  operations: ["C24"],
  method: "POST",
  path: "/api/v1/csp/tenants/{tenantId}/disconnect",
  summary: "Take a tenant out of the module, and its connection with it",
  description:
    "Its open changes are cancelled here; nothing is cancelled at Microsoft and billing goes on. What was recorded of it stays, and is " +
    "there again when the tenant is added again. Audit: `tenant.disconnect`, `connection.delete`, `change.cancel`.",
  tag: "Tenants",
  permission: "tenant.disconnect",
  params,
  body: z.strictObject({ confirmation }),
  responses: { 204: { description: "The tenant is not in the module any more." } },
  errors: {
    confirmationRequired,
    tenantNotAdded: { status: 409, description: "The tenant is not in the module." },
    operationInProgress,
  },
});

export const connectTenantRoute = defineRoute({
  name: "connectTenant",
  operations: ["C27", "C28"],
  method: "PUT",
  path: "/api/v1/csp/tenants/{tenantId}/connection",
  summary: "Connect a tenant to Microsoft CSP, or replace its connection",
  description:
    "Maps the tenant to its customer record at a reseller, and reads its subscriptions. `If-None-Match: *` connects; `If-Match` with the " +
    "tenant's ETag replaces: open changes are cancelled, unless it is the mapping there is. Audit: `connection.create` / `.update`.",
  tag: "Tenants",
  permission: "tenant.manage",
  params,
  body: z.strictObject({ resellerId: ResellerId, cspCustomerId: CspCustomerId }),
  concurrency: "ifMatchOrNoneMatch",
  responses: {
    200: { description: "The connection that replaced the one before.", schema: ConnectionView },
    201: { description: "The connection.", schema: ConnectionView },
  },
  errors: {
    customerAlreadyMapped: { status: 409, description: "`If-None-Match` for a tenant that is connected already." },
    notConnected: { status: 409, description: "`If-Match` for a tenant that is not connected." },
    tenantNotAdded: { status: 409, description: "Add the tenant to the module first." },
    operationInProgress,
    customerTenantMismatch: {
      status: 422,
      description: "The customer record is another directory's; seats would land there.",
    },
    customerNotFound: { status: 422, description: "The reseller has no such customer, or had it once." },
    ...partnerCenterErrors,
  },
});

export const removeConnectionRoute = defineRoute({
  name: "removeConnection",
  operations: ["C29"],
  method: "DELETE",
  path: "/api/v1/csp/tenants/{tenantId}/connection",
  summary: "Disconnect a tenant from Microsoft CSP",
  description:
    "It stays in the module. Its open changes are cancelled here; nothing is cancelled at Microsoft and billing goes on. " +
    "Audit: `connection.delete`, `change.cancel`.",
  tag: "Tenants",
  permission: "tenant.manage",
  params,
  concurrency: "ifMatch",
  responses: { 204: { description: "The tenant is not connected any more." } },
  errors: { notConnected: { status: 409, description: "The tenant is not connected." }, operationInProgress },
});
