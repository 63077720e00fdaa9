import { z } from "zod";
import { TenantId } from "../domain/access/ids";
import { ConsentState } from "../domain/tenants/tenant";
import { defineRoute } from "./route";
import { ReturnTo } from "./shared-views";

export const ConsentView = z
  .object({ state: ConsentState, permissions: z.array(z.string()), at: z.iso.datetime().optional() })
  .meta({ id: "TenantConsent" });

const params = z.object({ tenantId: TenantId });

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
