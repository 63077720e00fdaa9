import { version } from "../package.json";
import { createOpenApiDocument, type OpenApiDocument } from "../shared/api/openapi";
import type { Route } from "../shared/api/route";
import type { Config } from "../shared/config";
import { DATA_VERSION } from "../shared/domain/decisions/data-versions";
import { API_DESCRIPTION } from "./api-description";

/** The groups of the API reference, in the order in which a newcomer meets them. */
const TAGS = [
  {
    name: "Resellers",
    description: "The MSP's identities at Partner Center: add one, authorise it, see its customers.",
  },
  { name: "Customers", description: "The MSP's own customer records; each owns one or more tenants." },
  {
    name: "Tenants",
    description: "Customers' Microsoft 365 directories: register, consent, add, connect to a reseller.",
  },
  {
    name: "Subscriptions",
    description: "Read live from Partner Center, and changed through the queue, each change exactly once.",
  },
  { name: "Changes", description: "What became of each change, and how that is known." },
  { name: "Write mode", description: "The switch that keeps paid writes from going out." },
  { name: "Audit logs", description: "Who changed what, when, why, and what Microsoft said." },
  { name: "Access", description: "Which customers and tenants people and apps may see." },
  { name: "Callbacks", description: "Where Microsoft sends the browser back to. Not for clients." },
  { name: "Health", description: "For load balancers and alarms." },
  { name: "Reference", description: "This description." },
];

/** The OpenAPI document of these routes in this installation. */
export function describeApi(config: Config, routes: readonly Route[]): OpenApiDocument {
  const authority = `${config.entraAuthority}/${config.mspTenantId}/oauth2/v2.0`;
  return createOpenApiDocument(routes, {
    title: "CSP marketplace API",
    // Which release answers here, and which rows and messages it writes.
    version,
    dataVersion: DATA_VERSION,
    description: API_DESCRIPTION,
    serverUrl: config.publicUrl,
    signIn: {
      authorizationUrl: `${authority}/authorize`,
      tokenUrl: `${authority}/token`,
      scope: `api://${config.apiClientId}/access_as_user`,
    },
    tags: TAGS,
  });
}
