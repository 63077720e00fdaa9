import { z } from "zod";
import { CustomerId, Principal, TenantId } from "../domain/access/ids";
import { OptIn } from "../domain/access/permissions";
import { listErrors, listOf, pageQuery } from "./list";
import { defineRoute } from "./route";

/** More than that is a rule, not a list: give all. */
const MOST_IDS = 500;
const ids = <Id extends z.ZodType>(id: Id) =>
  z
    .array(id)
    .max(MOST_IDS)
    .refine((items) => new Set(items).size === items.length, "name each once");

const ScopeBody = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("all") }),
    z.strictObject({
      kind: z.literal("some"),
      customerIds: ids(CustomerId).meta({ description: "With all their tenants, also those that are moved to them." }),
      tenantIds: ids(TenantId).meta({
        description: "These tenants, without the records of the customers they belong to.",
      }),
    }),
  ])
  .meta({ id: "Scope" });

const optIns = z.array(OptIn).meta({
  description: "For an app: the changes it may ask for. Its role alone lets it read, and submit requests.",
});

export const AccessView = z
  .object({
    principal: Principal,
    displayName: z.string().optional(),
    scope: ScopeBody,
    optIns,
    grantedAt: z.iso.datetime(),
    grantedBy: z.string(),
    etag: z.string().meta({ description: "What a change of this grant has to name in If-Match, in quotes." }),
  })
  .meta({ id: "Access" });

const params = z.object({
  principal: Principal.meta({
    description: "`{directory id}_{object id}` of a person, or `{directory id}_{application id}` of an app.",
  }),
});

const lastAdmin = {
  status: 409,
  description: "It would take access from the first Admin, or from yourself, the one Admin known to be left.",
};

export const listAccessRoute = defineRoute({
  name: "listAccess",
  operations: ["C65"],
  method: "GET",
  path: "/api/v1/csp/access",
  summary: "List what people and apps may see",
  description:
    "What somebody may do comes from their role in Entra; what they may do it to, from these grants. Without one, an Admin sees everything, " +
    "a customer's own user their own tenant, and anybody else nothing. Answered only to an Admin whose own scope is everything.",
  tag: "Access",
  permission: "access.manage",
  query: z.strictObject(pageQuery),
  responses: { 200: { description: "A page of grants.", schema: listOf(AccessView) } },
  errors: listErrors,
});

export const getAccessRoute = defineRoute({
  name: "getAccess",
  operations: ["C65"],
  method: "GET",
  path: "/api/v1/csp/access/{principal}",
  summary: "Get what somebody was granted",
  tag: "Access",
  permission: "access.manage",
  params,
  responses: { 200: { description: "The grant.", schema: AccessView } },
});

export const grantAccessRoute = defineRoute({
  name: "grantAccess",
  operations: ["C65"],
  method: "PUT",
  path: "/api/v1/csp/access/{principal}",
  summary: "Grant somebody a scope",
  description:
    "In place of the one they had, from their next request on. Send `If-None-Match: *` for a first grant, `If-Match` to change one. Audit: `access.grant`.",
  tag: "Access",
  permission: "access.manage",
  params,
  body: z.strictObject({
    displayName: z.string().trim().min(1).max(100).optional(),
    scope: ScopeBody,
    optIns: optIns.default([]),
  }),
  concurrency: "ifMatchOrNoneMatch",
  responses: {
    200: { description: "The grant as it is now.", schema: AccessView },
    201: { description: "The first grant.", schema: AccessView },
  },
  errors: {
    lastAdmin,
    notOfMspDirectory: {
      status: 422,
      description:
        "Not somebody of the MSP's directory. People of a customer's see their own tenant, and no grant changes it.",
    },
    unknownInScope: { status: 422, description: "A customer or tenant of the scope is not known; see `errors`." },
  },
});

export const revokeAccessRoute = defineRoute({
  name: "revokeAccess",
  operations: ["C65"],
  method: "DELETE",
  path: "/api/v1/csp/access/{principal}",
  summary: "Take a grant back",
  description: "From their next request on they see what they would without one. Audit: `access.revoke`.",
  tag: "Access",
  permission: "access.manage",
  params,
  concurrency: "ifMatch",
  responses: { 204: { description: "It is taken back." } },
  errors: { lastAdmin },
});
