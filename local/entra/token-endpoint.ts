import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticateClient, clientIn, credentialsOf, type ClientCredentials } from "./client-authentication";
import { isSharedTenant, same, type Directory, type Registration } from "./directories";
import { EntraError, oauthErrorOf, statusOf, tokenErrorBody, traceOf } from "./entra-error";
import { codeLifetimeMs, matchesChallenge, refreshLifetimeMs } from "./grants";
import { formOf, given, tenantOf, type Parameters } from "./parameters";
import { grantedAppRoles } from "./permissions";
import { parseScope, scopeOfResource, type ScopeRequest } from "./scopes";
import type { EntraState } from "./state";
import { signAppToken } from "./tokens";
import { issueUserTokens, lifetime } from "./user-tokens";

interface TokenRequest {
  state: EntraState;
  tenant: string;
  form: Parameters;
  credentials: ClientCredentials;
  version: 1 | 2;
}

type Answer = Record<string, unknown>;

/** `POST /{tenant}/oauth2/v2.0/token` and the older `/oauth2/token` (partner-center-api.md §2.3, §2.6). */
export function addTokenEndpoint(app: FastifyInstance, state: EntraState): void {
  const answer = (version: 1 | 2) => async (request: FastifyRequest, reply: FastifyReply) => {
    const trace = traceOf(request.headers, state.clock.now());
    void reply.header("Cache-Control", "no-store, no-cache").header("Pragma", "no-cache");
    void reply.header("x-ms-request-id", trace.traceId).header("client-request-id", trace.correlationId);
    try {
      const form = formOf(request);
      const credentials = credentialsOf(form, request.headers.authorization);
      return await redeem({ state, tenant: tenantOf(request), form, credentials, version });
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      const style = { version, unknownApp: state.switches.unknownApp };
      return reply.code(statusOf(oauthErrorOf(error, style))).send(tokenErrorBody(error, trace, style));
    }
  };
  app.post("/:tenant/oauth2/v2.0/token", answer(2));
  app.post("/:tenant/oauth2/token", answer(1));
}

function redeem(request: TokenRequest): Promise<Answer> {
  const grantType = required(request.form, "grant_type");
  switch (grantType) {
    case "authorization_code":
      return redeemCode(request);
    case "refresh_token":
      return redeemRefreshToken(request);
    case "client_credentials":
      return redeemClientCredentials(request);
    case "password":
      return redeemPassword(request);
    default:
      throw new EntraError(70003, grantType);
  }
}

function redeemCode(request: TokenRequest): Promise<Answer> {
  const { state, form } = request;
  const code = state.grants.code(required(form, "code"));
  const directory = directoryOf(request, code?.grant.tenantId, new EntraError(70000));
  const registration = client(request, directory);
  if (!code || !same(code.grant.appId, registration.app.appId)) throw new EntraError(70000);
  if (code.grant.tenantId !== directory.tenantId) throw new EntraError(700005);
  if (code.redeemed) throw new EntraError(54005);
  if (state.clock.nowMs() - code.issuedAt > codeLifetimeMs) throw new EntraError(70008);
  const redirectUri = required(form, "redirect_uri");
  if (redirectUri !== code.redirectUri) throw new EntraError(500112, redirectUri);
  if (!matchesChallenge(code.challenge, given(form, "code_verifier"))) throw new EntraError(501481);
  code.redeemed = true;
  const scope = scopeOf(request, directory, code.grant.scope);
  // offline_access counts from either request; the scope asked for at sign-in may be wider than the one of this call.
  const openId = [...new Set([...scope.openId, ...openIdOf(code.grant.scope)])];
  return issueUserTokens(state, {
    ...userRequest(request, directory, registration),
    grant: code.grant,
    scope: { ...scope, openId },
    kind: "authorization_code",
    refreshable: request.version === 1 || openId.includes("offline_access"),
  });
}

function redeemRefreshToken(request: TokenRequest): Promise<Answer> {
  const { state, form } = request;
  const issued = state.grants.refreshToken(required(form, "refresh_token"));
  const directory = directoryOf(request, issued?.grant.tenantId, new EntraError(70000));
  const registration = client(request, directory);
  if (!issued || !same(issued.grant.appId, registration.app.appId)) throw new EntraError(70000);
  if (state.clock.nowMs() - issued.issuedAt >= refreshLifetimeMs) throw new EntraError(700082);
  return issueUserTokens(state, {
    ...userRequest(request, directory, registration),
    grant: issued.grant,
    scope: scopeOf(request, directory, issued.grant.scope),
    kind: "refresh_token",
    refreshable: true,
  });
}

function redeemPassword(request: TokenRequest): Promise<Answer> {
  const { state, form } = request;
  const username = required(form, "username");
  const password = required(form, "password");
  const place = state.directories.account(username);
  const directory = directoryOf(request, place?.directory.tenantId, new EntraError(50034, username, "any"));
  const registration = client(request, directory);
  if (place?.directory !== directory) throw new EntraError(50034, username, directory.displayName);
  const { account } = place;
  if (account.password !== password) throw new EntraError(50126);
  const scope = scopeOf(request, directory, undefined);
  const mfa = account.mfa && directory.policies.passwordGrantMfa;
  const { oid, epoch } = account;
  const amr = mfa ? ["pwd", "mfa"] : ["pwd"];
  const grant = {
    appId: registration.app.appId,
    oid,
    epoch,
    tenantId: directory.tenantId,
    amr,
    scope: given(form, "scope") ?? `${scope.prefix}/.default openid offline_access`,
  };
  return issueUserTokens(state, {
    ...userRequest(request, directory, registration),
    grant,
    scope,
    kind: "password",
    refreshable: request.version === 1 || scope.openId.includes("offline_access"),
  });
}

async function redeemClientCredentials(request: TokenRequest): Promise<Answer> {
  const { state, version, credentials } = request;
  const directory = directoryOf(request, undefined, new EntraError(50059));
  const registration = clientIn(state, directory, credentials.clientId);
  const { appId } = registration.app;
  if (!directory.servicePrincipals.has(appId.toLowerCase())) {
    throw new EntraError(state.switches.missingServicePrincipal, appId, directory.tenantId);
  }
  authenticateClient(state, registration, credentials, true);
  const scope = scopeOf(request, directory, undefined);
  if (scope.names.length !== 1 || scope.names[0] !== ".default") {
    throw new EntraError(1002012, given(request.form, "scope") ?? "");
  }
  const roles = grantedAppRoles(directory, registration, scope.resource, state.directories);
  const access = await signAppToken(state, directory, registration, scope.resource, roles);
  state.grants.record({
    kind: "client_credentials",
    appId,
    tenantId: directory.tenantId,
    resource: scope.resource.id,
    permissions: roles,
  });
  return { ...lifetime(access.expiresIn, version, scope.prefix), access_token: access.token };
}

/** The directory of the path; `common` and `organizations` mean the one the grant belongs to, or are refused. */
function directoryOf(
  { state, tenant }: TokenRequest,
  grantTenant: string | undefined,
  withoutGrant: EntraError,
): Directory {
  const name = isSharedTenant(tenant) ? grantTenant : tenant;
  if (name === undefined) throw withoutGrant;
  const directory = state.directories.find(name);
  if (!directory) throw new EntraError(90002, tenant);
  return directory;
}

function client({ state, tenant, credentials }: TokenRequest, directory: Directory): Registration {
  const registration = clientIn(state, directory, credentials.clientId);
  if (isSharedTenant(tenant) && !registration.app.multiTenant) {
    throw new EntraError(50194, registration.app.appId);
  }
  authenticateClient(state, registration, credentials, false);
  return registration;
}

function userRequest({ form, version }: TokenRequest, directory: Directory, registration: Registration) {
  return { directory, registration, version, clientInfo: given(form, "client_info") === "1" };
}

/** What this call asks for; without a scope, what was asked for at sign-in. */
function scopeOf(
  { state, form, version }: TokenRequest,
  directory: Directory,
  former: string | undefined,
): ScopeRequest {
  const resource = version === 1 ? given(form, "resource") : undefined;
  if (resource !== undefined) return scopeOfResource(resource, state.directories, directory.tenantId);
  return parseScope(given(form, "scope") ?? former ?? "", state.directories, directory.tenantId);
}

function openIdOf(scope: string): string[] {
  return scope.split(/\s+/).filter((name) => ["openid", "profile", "email", "offline_access"].includes(name));
}

function required(form: Parameters, name: string): string {
  const value = given(form, name);
  if (value === undefined) throw new EntraError(900144, name);
  return value;
}
