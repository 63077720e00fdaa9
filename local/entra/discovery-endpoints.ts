import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isSharedTenant } from "./directories";
import { EntraError, tokenErrorBody, traceOf } from "./entra-error";
import { given, parametersOf, tenantOf } from "./parameters";
import { signedOutPage } from "./pages";
import { sendPage } from "./send-page";
import { endSession } from "./session";
import type { EntraState } from "./state";
import { issuerOf } from "./tokens";

/** OpenID configuration, signing keys, instance discovery, sign-out. */
export function addDiscoveryEndpoints(app: FastifyInstance, state: EntraState): void {
  const configuration = (version: 1 | 2) => (request: FastifyRequest, reply: FastifyReply) =>
    sendConfiguration(state, version, request, reply);
  app.get("/:tenant/v2.0/.well-known/openid-configuration", configuration(2));
  app.get("/:tenant/.well-known/openid-configuration", configuration(1));
  const keys = (request: FastifyRequest, reply: FastifyReply) => sendKeys(state, request, reply);
  app.get("/:tenant/discovery/v2.0/keys", keys);
  app.get("/:tenant/discovery/keys", keys);
  app.get("/:tenant/discovery/instance", () => ({
    tenant_discovery_endpoint: `${state.url()}/common/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [hostMetadata(state)],
  }));
  const signOut = (request: FastifyRequest, reply: FastifyReply) => endVisit(state, request, reply);
  app.get("/:tenant/oauth2/v2.0/logout", signOut);
  app.get("/:tenant/oauth2/logout", signOut);
}

/** Segment of the tenant in addresses: a domain becomes the id of its directory. Undefined: no such directory. */
function tenantSegment(state: EntraState, tenant: string): string | undefined {
  return isSharedTenant(tenant) ? tenant.toLowerCase() : state.directories.find(tenant)?.tenantId;
}

function sendConfiguration(
  state: EntraState,
  version: 1 | 2,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const tenant = tenantSegment(state, tenantOf(request));
  if (tenant === undefined) return refuseTenant(state, request, reply);
  const base = `${state.url()}/${tenant}`;
  const suffix = version === 2 ? "/v2.0" : "";
  return forEveryOrigin(reply).send({
    issuer: issuerOf(state, isSharedTenant(tenant) ? "{tenantid}" : tenant, version),
    authorization_endpoint: `${base}/oauth2${suffix}/authorize`,
    token_endpoint: `${base}/oauth2${suffix}/token`,
    end_session_endpoint: `${base}/oauth2${suffix}/logout`,
    jwks_uri: `${base}/discovery${suffix}/keys`,
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    code_challenge_methods_supported: ["S256", "plain"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    claims_supported: ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "oid"],
    tenant_region_scope: "EU",
    cloud_instance_name: "microsoftonline.com",
    cloud_graph_host_name: "graph.windows.net",
    msgraph_host: "graph.microsoft.com",
    http_logout_supported: true,
  });
}

function sendKeys(state: EntraState, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const tenant = tenantSegment(state, tenantOf(request));
  if (tenant === undefined) return refuseTenant(state, request, reply);
  const issuer = issuerOf(state, isSharedTenant(tenant) ? "{tenantid}" : tenant, 2);
  return forEveryOrigin(reply).send({ keys: state.keys.published().map((key) => ({ ...key, issuer })) });
}

/** Discovery may be read by scripts of any page, as at the real service. */
function forEveryOrigin(reply: FastifyReply): FastifyReply {
  return reply.header("Access-Control-Allow-Origin", "*");
}

/** The whole answer is that of the token endpoint, but for the name of the error. */
function refuseTenant(state: EntraState, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const trace = traceOf(request.headers, state.clock.now());
  const style = { version: 2, unknownApp: state.switches.unknownApp } as const;
  const body = tokenErrorBody(new EntraError(90002, tenantOf(request)), trace, style);
  return reply.code(400).send({ ...body, error: "invalid_tenant" });
}

/** Back to an address some app registered, else a page. */
function endVisit(state: EntraState, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  endSession(state, request, reply);
  const uri = given(parametersOf(request), "post_logout_redirect_uri");
  const known = state.directories
    .registrations()
    .some(({ app }) => uri !== undefined && app.redirectUris.includes(uri));
  if (uri !== undefined && known) return reply.code(302).header("Location", uri).send();
  return sendPage(reply, signedOutPage());
}

function hostMetadata(state: EntraState): Record<string, unknown> {
  const { host } = new URL(state.url());
  return { preferred_network: host, preferred_cache: host, aliases: [host] };
}
