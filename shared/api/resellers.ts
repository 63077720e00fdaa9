import { z } from "zod";
import { CspCustomerId, ResellerId, TenantId } from "../domain/access/ids";
import { Finding } from "../domain/resellers/findings";
import { ResellerState } from "../domain/resellers/reseller";
import { listErrors, listOf, pageQuery } from "./list";
import { partnerCenterErrors, signInServiceErrors, vaultErrors } from "./outage-errors";
import { defineRoute } from "./route";
import { AllowedActionView, ReturnTo, SearchText } from "./shared-views";

export const ResellerView = z
  .object({
    id: ResellerId,
    displayName: z.string(),
    domain: z.string(),
    directoryId: TenantId,
    applicationId: z.string(),
    state: ResellerState,
    hasSecret: z.boolean(),
    secretSetAt: z.iso.datetime(),
    secretVerified: z.boolean().meta({ description: "Microsoft accepted the present secret when it was last tried." }),
    secretExpiresAt: z.iso.datetime().optional(),
    authorizedBy: z.string().optional(),
    authorizedAt: z.iso.datetime().optional(),
    modifiedAt: z.iso.datetime(),
    allowedActions: z.array(AllowedActionView),
  })
  .meta({ id: "Reseller" });

export const FindingView = Finding.meta({ id: "Finding" });

export const CspCustomerView = z
  .object({
    id: CspCustomerId,
    name: z.string(),
    domain: z.string(),
    relationshipToPartner: z.string(),
    suggested: z.boolean().meta({ description: "It is the directory named by `tenantId`." }),
  })
  .meta({ id: "CspCustomer" });

const params = z.object({ resellerId: ResellerId });
const name = z.string().trim().min(1).max(100);
const secret = z.string().min(1).max(1000);
const domain = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, "must be a DNS name such as contoso.com");

export const listResellersRoute = defineRoute({
  name: "listResellers",
  operations: ["C2", "C25"],
  method: "GET",
  path: "/api/v1/csp/resellers",
  summary: "List resellers",
  description:
    "The Partner Center identities of the MSP. `status=Authorized` gives those a tenant can be connected to.",
  tag: "Resellers",
  permission: "reseller.read",
  query: z.strictObject({ ...pageQuery, search: SearchText, status: ResellerState.optional() }),
  responses: { 200: { description: "A page of resellers, newest first.", schema: listOf(ResellerView) } },
  errors: listErrors,
});

export const addResellerRoute = defineRoute({
  name: "addReseller",
  operations: ["C3"],
  method: "POST",
  path: "/api/v1/csp/resellers",
  summary: "Add a reseller",
  description: "Stores the secret in Key Vault; it is never shown again. Audit: `reseller.create`.",
  tag: "Resellers",
  permission: "reseller.manage",
  body: z.strictObject({
    displayName: name,
    domain: domain.meta({ description: "A verified domain of the reseller's own directory." }),
    applicationId: z.guid().toLowerCase(),
    applicationSecret: secret,
    secretExpiresAt: z.iso.datetime().optional(),
  }),
  responses: { 201: { description: "The reseller, not authorised yet.", schema: ResellerView } },
  errors: {
    duplicate: { status: 409, description: "Another reseller has this name, or this application of this directory." },
    domainUnresolved: { status: 422, description: "Microsoft knows no directory with this domain." },
    ...signInServiceErrors,
    ...vaultErrors,
  },
});

export const getResellerRoute = defineRoute({
  name: "getReseller",
  operations: ["C11"],
  method: "GET",
  path: "/api/v1/csp/resellers/{resellerId}",
  summary: "Get a reseller",
  tag: "Resellers",
  permission: "reseller.read",
  params,
  responses: { 200: { description: "The reseller, without its secret.", schema: ResellerView } },
});

export const changeResellerRoute = defineRoute({
  name: "changeReseller",
  operations: ["C6", "C12", "C13", "C14", "C15"],
  method: "PATCH",
  path: "/api/v1/csp/resellers/{resellerId}",
  summary: "Change a reseller",
  description:
    "What is absent stays. A name changes nothing else. A new secret is tried at Microsoft at once: `secretVerified` tells how it went, and " +
    "a secret that is refused makes the reseller `SecretInvalid`. Another domain or application ID ends the sign-in: " +
    "the reseller is `NotAuthorized` and its token destroyed. Audit: `reseller.update`.",
  tag: "Resellers",
  permission: "reseller.manage",
  params,
  body: z
    .strictObject({
      displayName: name.optional(),
      domain: domain.optional(),
      applicationId: z.guid().toLowerCase().optional(),
      applicationSecret: secret.optional(),
      secretExpiresAt: z.iso.datetime().nullable().optional().meta({
        description: "`null`: not known. A new secret without it has no known end.",
      }),
    })
    .refine((body) => Object.keys(body).length > 0, "must change something"),
  concurrency: "ifMatch",
  responses: { 200: { description: "The reseller as it is now.", schema: ResellerView } },
  errors: {
    duplicate: { status: 409, description: "Another reseller has this name, or this application of this directory." },
    resellerInUse: {
      status: 409,
      description: "The domain belongs to another directory, and tenants are connected; `tenants` names some of them.",
    },
    domainUnresolved: { status: 422, description: "Microsoft knows no directory with this domain." },
    ...signInServiceErrors,
    ...vaultErrors,
  },
});

export const deleteResellerRoute = defineRoute({
  name: "deleteReseller",
  operations: ["C7"],
  method: "DELETE",
  path: "/api/v1/csp/resellers/{resellerId}",
  summary: "Delete a reseller",
  description: "Destroys its secret and its token; its history stays. Audit: `reseller.delete`.",
  tag: "Resellers",
  permission: "reseller.manage",
  params,
  concurrency: "ifMatch",
  responses: { 204: { description: "It is gone." } },
  errors: {
    resellerInUse: { status: 409, description: "Tenants are connected to it; `tenants` names up to twenty of them." },
  },
});

export const checkResellerRoute = defineRoute({
  name: "checkReseller",
  operations: ["C66"],
  method: "POST",
  path: "/api/v1/csp/resellers/{resellerId}/check",
  summary: "Try out what a reseller needs",
  description:
    "Its secret, its sign-in, MFA, membership of AdminAgents, the application alone, the price list: each is really tried at Microsoft, " +
    "nothing is changed there. A warning does not keep seats from being bought. Audit: `reseller.check`.",
  tag: "Resellers",
  permission: "reseller.manage",
  params,
  responses: {
    200: {
      description: "What was found, with a remedy for what does not work.",
      schema: z.object({ findings: z.array(FindingView) }).meta({ id: "ResellerCheck" }),
    },
  },
  errors: {
    notYetAuthorized: { status: 409, description: "Nobody has signed in for it yet." },
    ...signInServiceErrors,
    ...vaultErrors,
  },
});

export const authorizeResellerRoute = defineRoute({
  name: "authorizeReseller",
  operations: ["C8", "C9"],
  method: "POST",
  path: "/api/v1/csp/resellers/{resellerId}/authorization",
  summary: "Start a reseller's authorisation",
  description:
    "Answers the address where a Global Administrator of the reseller's directory, who is an Admin agent in Partner Center, signs in with MFA. " +
    "Open it within ten minutes in the browser that received this answer's cookie. Audit: `reseller.authorize.start`.",
  tag: "Resellers",
  permission: "reseller.manage",
  params,
  body: z.strictObject({
    returnTo: ReturnTo,
    reauthorize: z
      .boolean()
      .default(false)
      .meta({ description: "Replace the sign-in of a reseller authorised before." }),
  }),
  responses: {
    200: {
      description: "Where to sign in.",
      schema: z.object({ authorizeUrl: z.url(), expiresAt: z.iso.datetime() }).meta({ id: "AuthorizationStart" }),
    },
  },
  errors: {
    secretInvalid: { status: 409, description: "The application secret is missing, or is known not to work." },
    notYetAuthorized: { status: 409, description: "`reauthorize` for a reseller that was never authorised." },
    returnToNotAllowed: { status: 400, description: "`returnTo` is not on the list of allowed origins." },
    ...vaultErrors,
  },
});

export const listCspCustomersRoute = defineRoute({
  name: "listCspCustomers",
  operations: ["C26"],
  method: "GET",
  path: "/api/v1/csp/resellers/{resellerId}/customers",
  summary: "List a reseller's customers, live from Partner Center",
  tag: "Resellers",
  permission: "tenant.manage",
  params,
  query: z.strictObject({
    ...pageQuery,
    search: SearchText,
    tenantId: TenantId.optional().meta({ description: "Marks the customer that is this directory as suggested." }),
  }),
  responses: { 200: { description: "A page of customers.", schema: listOf(CspCustomerView) } },
  errors: {
    ...listErrors,
    ...partnerCenterErrors,
  },
});
