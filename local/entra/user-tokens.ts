import type { AccountPlace, Directory, Registration } from "./directories";
import { EntraError } from "./entra-error";
import type { GrantRecord, UserGrant } from "./grants";
import { missingScopes, neededScopes } from "./permissions";
import { graphId, type Resource } from "./resources";
import { scopeText, type ScopeRequest } from "./scopes";
import type { EntraState } from "./state";
import { signIdToken, signUserToken } from "./tokens";

export interface UserTokenRequest {
  directory: Directory;
  registration: Registration;
  grant: UserGrant;
  scope: ScopeRequest;
  version: 1 | 2;
  kind: GrantRecord["kind"];
  /** Hand out a refresh token. */
  refreshable: boolean;
  /** The client asked for `client_info`. */
  clientInfo: boolean;
}

/**
 * Issues the tokens of a user, whatever the grant was: the account must be alive and allowed into the directory, no
 * policy may stand against it, and everything asked for must have been consented to there.
 */
export async function issueUserTokens(state: EntraState, request: UserTokenRequest): Promise<Record<string, unknown>> {
  const { directory, registration, grant, scope, version } = request;
  const place = liveAccount(state, grant, directory, registration);
  refuseByPolicy(place, directory, scope.resource, grant);
  const names = neededScopes(scope, registration, state.directories);
  if (missingScopes(directory, registration, grant.oid, scope.resource, names).length > 0) {
    throw new EntraError(65001, registration.app.appId, registration.app.displayName);
  }
  const subject = { directory, account: place.account, home: place.directory, registration, amr: grant.amr };
  const access = await signUserToken(state, subject, scope.resource, claimedScopes(scope, names));
  record(state, request, place, names);
  const wantsIdToken = version === 1 || scope.openId.includes("openid");
  return {
    ...lifetime(access.expiresIn, version, scope.prefix),
    scope: scopeText(scope, names),
    access_token: access.token,
    ...(request.refreshable ? { refresh_token: state.grants.issueRefreshToken(grant) } : {}),
    ...(wantsIdToken ? { id_token: await signIdToken(state, subject, grant, version) } : {}),
    ...(request.clientInfo ? { client_info: clientInfo(place) } : {}),
  };
}

/** The part of a token answer that says how long it lives; the older endpoints send numbers as strings. */
export function lifetime(expiresIn: number, version: 1 | 2, resource: string): Record<string, unknown> {
  if (version === 2) return { token_type: "Bearer", expires_in: expiresIn, ext_expires_in: expiresIn };
  const now = Math.floor(Date.now() / 1000);
  return {
    token_type: "Bearer",
    expires_in: String(expiresIn),
    ext_expires_in: String(expiresIn),
    expires_on: String(now + expiresIn),
    not_before: String(now),
    resource,
  };
}

function liveAccount(
  state: EntraState,
  grant: UserGrant,
  directory: Directory,
  registration: Registration,
): AccountPlace {
  const place = state.directories.account(grant.oid);
  if (!place) throw new EntraError(50034, grant.oid, directory.displayName);
  const { account, directory: home } = place;
  if (account.disabled) throw new EntraError(50057);
  if (account.epoch !== grant.epoch) throw new EntraError(50173);
  const letIn = home === directory || (directory.partnerTenants?.includes(home.tenantId) ?? true);
  if (!letIn) throw new EntraError(50020, account.upn, directory.displayName, registration.app.appId);
  return place;
}

function refuseByPolicy({ account }: AccountPlace, directory: Directory, resource: Resource, grant: UserGrant): void {
  if (account.refuse !== undefined) throw new EntraError(account.refuse, resource.audience);
  if (directory.policies.requireMfa && !grant.amr.includes("mfa")) {
    throw new EntraError(account.mfa ? 50076 : 50079, resource.audience);
  }
}

/** Graph tokens carry the OpenID scopes too. */
function claimedScopes({ resource, openId }: ScopeRequest, names: string[]): string[] {
  if (resource.id !== graphId) return names;
  return [...openId.filter((name) => name !== "offline_access"), ...names];
}

function record(state: EntraState, request: UserTokenRequest, { account }: AccountPlace, permissions: string[]): void {
  state.grants.record({
    kind: request.kind,
    appId: request.registration.app.appId,
    tenantId: request.directory.tenantId,
    upn: account.upn,
    resource: request.scope.resource.id,
    permissions,
    amr: request.grant.amr,
  });
}

/** Who signed in, as Microsoft's own client libraries want to know it. */
function clientInfo({ account, directory: home }: AccountPlace): string {
  return Buffer.from(JSON.stringify({ uid: account.oid, utid: home.tenantId })).toString("base64url");
}
