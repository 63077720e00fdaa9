import { z } from "zod";
import { getLiveness, getReadiness } from "../../../shared/api/health";
import { listOf, pageQuery } from "../../../shared/api/list";
import type { OpenApiOptions } from "../../../shared/api/openapi";
import { getOpenApiDocument, getReferenceFile, getReferencePage } from "../../../shared/api/reference";
import { defineRoute, type Route } from "../../../shared/api/route";
import { ResellerId, TenantId } from "../../../shared/domain/access/ids";

const Thing = z
  .object({ id: ResellerId, tenant: TenantId, count: z.int(), at: z.iso.datetime() })
  .meta({ id: "Thing", description: "A thing." });

export const listThings = defineRoute({
  name: "listThings",
  operations: ["C2", "C25"],
  method: "GET",
  path: "/api/v1/csp/things",
  summary: "List things",
  description: "Newest first.",
  tag: "Things",
  permission: "reseller.read",
  query: z.strictObject({
    ...pageQuery,
    state: z
      .array(z.enum(["open", "done"]))
      .optional()
      .meta({ description: "Only those." }),
    from: z.string(),
  }),
  responses: { 200: { description: "A page.", schema: listOf(Thing) } },
});

export const replaceThing = defineRoute({
  name: "replaceThing",
  operations: ["C27"],
  method: "PUT",
  path: "/api/v1/csp/things/{thingId}",
  summary: "Create or replace a thing",
  tag: "Things",
  permission: "reseller.manage",
  params: z.object({ thingId: ResellerId.meta({ description: "Which." }) }),
  body: z.strictObject({ parts: z.array(z.strictObject({ n: z.int().min(1) })), note: z.string().optional() }),
  concurrency: "ifMatchOrNoneMatch",
  responses: {
    201: { description: "Created.", schema: Thing, headers: { ETag: "Its version." } },
    202: { description: "Begun." },
  },
  errors: {
    duplicate: { status: 409, description: "The name is taken." },
    thingBusy: { status: 409, description: "Work goes on." },
  },
});

export const routes: Route[] = [
  listThings,
  replaceThing,
  getLiveness,
  getReadiness,
  getOpenApiDocument,
  getReferencePage,
  getReferenceFile,
];

export const options: OpenApiOptions = {
  title: "CSP marketplace",
  version: "1.2.3",
  dataVersion: 4,
  description: "Seats, exactly once.",
  serverUrl: "https://csp.example.com",
  signIn: {
    authorizationUrl: "https://login.example.com/organizations/oauth2/v2.0/authorize",
    tokenUrl: "https://login.example.com/organizations/oauth2/v2.0/token",
    scope: "api://csp/access_as_user",
  },
  tags: [
    { name: "Things", description: "What it is about." },
    { name: "Unused", description: "Nothing." },
  ],
};
