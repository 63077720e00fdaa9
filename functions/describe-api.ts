import { version } from "../package.json";
import { createOpenApiDocument, type OpenApiDocument } from "../shared/api/openapi";
import type { Route } from "../shared/api/route";
import type { Config } from "../shared/config";
import { DATA_VERSION } from "../shared/domain/decisions/data-versions";

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

const DESCRIPTION = `Buy, change and give back Microsoft 365 licences of many customers through Partner Center, each change exactly once.

**Writes** take an \`Idempotency-Key\`: repeat a request whose answer was lost with the same key, and it is done once. A write that costs money answers
202 with \`Operation-Location\`; ask there until \`isFinal\`, or send \`Prefer: wait=20\`. What exists already is changed with \`If-Match\` and the \`ETag\` you read.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`, a \`correlationId\` to quote, and \`errors[]\` with a pointer to each field at fault.

**Lists** answer \`{value, nextLink}\`; follow \`nextLink\` until it is absent. What is out of your scope reads as not found.`;

/** The OpenAPI document of these routes in this installation. */
export function describeApi(config: Config, routes: readonly Route[]): OpenApiDocument {
  const authority = `${config.entraAuthority}/${config.mspTenantId}/oauth2/v2.0`;
  return createOpenApiDocument(routes, {
    title: "CSP marketplace API",
    // Which release answers here, and which rows and messages it writes.
    version,
    dataVersion: DATA_VERSION,
    description: DESCRIPTION,
    serverUrl: config.publicUrl,
    signIn: {
      authorizationUrl: `${authority}/authorize`,
      tokenUrl: `${authority}/token`,
      scope: `api://${config.apiClientId}/access_as_user`,
    },
    tags: TAGS,
  });
}
