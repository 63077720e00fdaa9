import { z } from "zod";
import { CustomerId, TenantId } from "../domain/access/ids";
import { Ask, ChangeState } from "../domain/changes/change";
import { ConnectionState } from "../domain/tenants/connection-status";
import { confirmation, confirmationRequired, operationInProgress } from "./confirmed";
import { ConnectionView } from "./connections";
import { listErrors, listOf, pageQuery } from "./list";
import { signInServiceErrors } from "./outage-errors";
import { defineRoute } from "./route";
import { AllowedActionView, SearchText } from "./shared-views";
import { ConsentView } from "./tenant-consent";

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
