import { z } from "zod";
import { CspCustomerId, ResellerId, TenantId } from "../domain/access/ids";
import { confirmation, confirmationRequired, operationInProgress } from "./confirmed";
import { partnerCenterErrors } from "./outage-errors";
import { defineRoute } from "./route";

export const ConnectionView = z
  .object({
    resellerId: ResellerId,
    cspCustomerId: CspCustomerId,
    connectedAt: z.iso.datetime(),
    connectedBy: z.string(),
  })
  .meta({ id: "Connection" });

const params = z.object({ tenantId: TenantId });

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
