import { createHash, randomInt, randomUUID } from "node:crypto";
import type { JWTPayload } from "jose";
import type { Account, Directory, Registration } from "./directories";
import type { UserGrant } from "./grants";
import type { Resource } from "./resources";
import { stableGuid } from "./stable-guid";
import type { EntraState } from "./state";

/** Template ids of directory roles, the same in every directory: the `wids` claim. */
const roleTemplates: Partial<Record<string, string>> = {
  GlobalAdministrator: "62e90394-69f5-4237-9190-012177145e10",
  PrivilegedRoleAdministrator: "e8611ab8-c189-46e8-94e1-60213ab1f814",
  ApplicationAdministrator: "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
  CloudApplicationAdministrator: "158c047a-c907-4556-b7ef-446551a6b5f7",
  GlobalReader: "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
  UserAdministrator: "fe930be7-5e62-47db-91af-98c3a49a38b1",
  LicenseAdministrator: "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
  BillingAdministrator: "b0f54661-2d74-4c50-afa3-1ec803f12efe",
};
const everybody = "b79fbf4d-3ef9-4689-8143-76b194e85509";

export interface SignedToken {
  token: string;
  /** Seconds, between 60 and 90 minutes. */
  expiresIn: number;
}

/** A token has two issuers, by its version (azure-platform.md §5). */
export function issuerOf(state: EntraState, tenantId: string, version: 1 | 2): string {
  return version === 1 ? `https://sts.windows.net/${tenantId}/` : `${state.url()}/${tenantId}/v2.0`;
}

export interface UserTokenSubject {
  /** Directory the token is for; differs from the account's own when a partner acts in a customer's. */
  directory: Directory;
  account: Account;
  home: Directory;
  registration: Registration;
  amr: string[];
}

/** An access token of a user, for one API. */
export function signUserToken(
  state: EntraState,
  subject: UserTokenSubject,
  resource: Resource,
  scopes: string[],
): Promise<SignedToken> {
  const { directory, account, home, registration } = subject;
  const api = resource.registration?.app.appId;
  const roles = api === undefined ? [] : (account.appRoles?.[api] ?? []);
  const foreign = home !== directory;
  return signAccessToken(state, directory, resource, registration, {
    ...personOf(account),
    sub: pairwise(account.oid, api ?? resource.id),
    amr: subject.amr,
    scp: scopes.join(" "),
    idtyp: "user",
    ...(roles.length > 0 ? { roles } : {}),
    ...(account.groups.length > 0 ? { groups: account.groups } : {}),
    wids: [...account.roles.flatMap((role) => roleTemplates[role] ?? []), everybody],
    ...(foreign ? { idp: issuerOf(state, home.tenantId, 1) } : {}),
  });
}

/** An app-only access token. */
export function signAppToken(
  state: EntraState,
  directory: Directory,
  registration: Registration,
  resource: Resource,
  roles: string[],
): Promise<SignedToken> {
  const oid = stableGuid(directory.tenantId, registration.app.appId);
  return signAccessToken(state, directory, resource, registration, {
    oid,
    sub: oid,
    idtyp: "app",
    app_displayname: registration.app.displayName,
    ...(roles.length > 0 ? { roles } : {}),
  });
}

/** The id_token of a sign-in. */
export async function signIdToken(
  state: EntraState,
  subject: UserTokenSubject,
  grant: Pick<UserGrant, "nonce">,
  version: 1 | 2,
): Promise<string> {
  const { directory, account, registration } = subject;
  const { appId } = registration.app;
  const roles = account.appRoles?.[appId] ?? [];
  const { token } = await sign(state, {
    iss: issuerOf(state, directory.tenantId, version),
    aud: appId,
    tid: directory.tenantId,
    ...personOf(account),
    sub: pairwise(account.oid, appId),
    amr: subject.amr,
    ver: `${version}.0`,
    ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
    ...(roles.length > 0 ? { roles } : {}),
  });
  return token;
}

function signAccessToken(
  state: EntraState,
  directory: Directory,
  resource: Resource,
  { app }: Registration,
  claims: JWTPayload,
): Promise<SignedToken> {
  const confidential = app.publicClient === true ? "0" : "1";
  return sign(state, {
    aud: resource.audience,
    iss: issuerOf(state, directory.tenantId, resource.tokenVersion),
    tid: directory.tenantId,
    ...(resource.tokenVersion === 1
      ? { appid: app.appId, appidacr: confidential }
      : { azp: app.appId, azpacr: confidential }),
    ver: `${resource.tokenVersion}.0`,
    ...claims,
  });
}

/** Access tokens live in real time, so that verifiers need not know the virtual clock. */
async function sign(state: EntraState, claims: JWTPayload): Promise<SignedToken> {
  const iat = Math.floor(Date.now() / 1000);
  const expiresIn = randomInt(3_600, 5_400);
  const token = await state.keys.sign({
    ...claims,
    iat,
    nbf: iat,
    exp: iat + expiresIn,
    uti: randomUUID().replaceAll("-", "").slice(0, 22),
  });
  return { token, expiresIn };
}

function personOf(account: Account): JWTPayload {
  return {
    oid: account.oid,
    upn: account.upn,
    unique_name: account.upn,
    preferred_username: account.upn,
    name: account.displayName,
  };
}

/** `sub` of a user differs from app to app. */
function pairwise(oid: string, audience: string): string {
  return createHash("sha256").update(`${oid} ${audience}`).digest("base64url");
}
