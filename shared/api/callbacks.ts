import { z } from "zod";
import { defineRoute } from "./route";

const text = z.string().max(8192).optional();
const page = { description: "No sign-in of ours belongs to this address.", contentType: "text/html; charset=utf-8" };

/** Microsoft adds parameters of its own now and then; the known ones are read, the rest is let pass. */
export const resellerCallbackRoute = defineRoute({
  name: "MicrosoftCspAuthenticationCallback",
  operations: ["C10"],
  method: "GET",
  path: "/app/MicrosoftCspAuthenticationCallback",
  summary: "Where Microsoft sends the browser after a reseller's sign-in",
  description:
    "Registered as Web redirect URI of the reseller's application. Audit: `reseller.authorize.success` / `.fail`.",
  tag: "Callbacks",
  permission: "anonymous",
  query: z.object({
    state: text,
    code: text,
    error: text,
    error_description: text,
    error_uri: text,
    session_state: text,
    client_info: text,
    iss: text,
    error_subcode: text,
  }),
  responses: {
    303: {
      description:
        "Back to `returnTo`, with `status=authorized` or with `error`: accessDenied, adminConsentRequired, cannotTransact, " +
        "mfaRequired, notAdminAgent, notPartner, redirectUriMismatch, secretInvalid, stateExpired (the code, at Microsoft), " +
        "tenantMismatch, or the code of an outage. A failure leaves the former authorisation as it was.",
    },
    400: page,
  },
});

export const tenantCallbackRoute = defineRoute({
  name: "TenantConsentCallback",
  operations: ["C22"],
  method: "GET",
  path: "/app/TenantConsentCallback",
  summary: "Where Microsoft sends the browser after a tenant's admin consent",
  description: "Audit: `tenant.consent.success` / `.fail`.",
  tag: "Callbacks",
  permission: "anonymous",
  query: z.object({
    state: text,
    admin_consent: text,
    tenant: text,
    scope: text,
    error: text,
    error_description: text,
    error_uri: text,
    error_subcode: text,
  }),
  responses: {
    303: {
      description:
        "Back to `returnTo`, with `status=consented` or with `error`: accessDenied, tenantMismatch, tenantAppNotUsable, " +
        "or the code of an outage.",
    },
    400: page,
  },
});
