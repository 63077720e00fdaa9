import { decodeJwt, errors, jwtVerify } from "jose";
import { z } from "zod";
import type { Actor, Scope } from "../domain/access/actor";
import type { Grant } from "../domain/access/grant";
import { Principal, TenantId } from "../domain/access/ids";
import { ROLES, type Role } from "../domain/access/permissions";
import { AppError } from "../errors";
import type { Authenticate, SignInGuard } from "./http-handler";
import type { DirectoryKeys } from "./signing-keys";

/** The delegated permission that our API's registration exposes. */
const DELEGATED_SCOPE = "access_as_user";
const CLOCK_TOLERANCE_SECONDS = 60;

export interface AuthenticatorOptions {
  /** Where tokens come from, without a slash at the end: `https://login.microsoftonline.com`. */
  authority: string;
  /** What a token must be meant for: the API's client id, and its App ID URI where one is in use. */
  audiences: readonly string[];
  /** The MSP's own directory; staff roles count from nowhere else. */
  mspDirectoryId: string;
  /** Beside the MSP's own, the directories whose people may come in at all: those of its customers. */
  isKnownDirectory: (directoryId: string) => boolean | Promise<boolean>;
  keysOf: DirectoryKeys;
  /** What somebody of the MSP's directory was given, read live. */
  findGrant: (principal: Principal) => Promise<Pick<Grant, "scope" | "optIns"> | undefined>;
  /** The first Admin, named by the deployment: Admin of everything, whatever their app roles and grants say. */
  firstAdmin?: Principal | undefined;
  now?: () => Date;
}

const Claims = z.object({
  tid: z.guid().toLowerCase(),
  oid: z.guid().toLowerCase(),
  sub: z.string(),
  ver: z.literal("2.0"),
  scp: z.string().optional(),
  roles: z.array(z.string()).default([]),
  idtyp: z.string().optional(),
  azp: z.guid().toLowerCase().optional(),
  appid: z.guid().toLowerCase().optional(),
  preferred_username: z.string().optional(),
  upn: z.string().optional(),
  app_displayname: z.string().optional(),
});
type Claims = z.infer<typeof Claims>;

/**
 * Turns a bearer access token of Entra (v2) into the actor, or throws `unauthenticated` without saying which check
 * failed. Nothing but the token is believed; the platform's principal header is unsigned and never read (design §7).
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  return async (authorization, guard) => {
    const claims = await verify(options, bearerOf(authorization), guard);
    const identity = identityOf(claims);
    guard.verified(identity.id);
    const isOfMsp = claims.tid === options.mspDirectoryId.toLowerCase();
    const roles = rolesOf(claims, identity.kind, isOfMsp);
    const principal = Principal.parse(identity.id);
    if (identity.kind === "user" && principal === options.firstAdmin) {
      return { ...identity, roles: [...new Set<Role>(["Admin", ...roles])], scope: { kind: "all" } };
    }
    // Nobody of a customer's directory sees more than that directory, so a grant could say nothing to them.
    const granted = isOfMsp ? await options.findGrant(principal) : undefined;
    const scope = granted?.scope ?? scopeWithoutGrant(roles, claims.tid);
    return { ...identity, roles, scope, ...(identity.kind === "app" ? { optIns: granted?.optIns ?? [] } : {}) };
  };
}

function bearerOf(authorization: string | undefined): string {
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
  if (token !== undefined) return token;
  if (authorization !== undefined) throw invalidToken();
  throw new AppError("unauthenticated", "unauthenticated", "Send an access token: Authorization: Bearer ….");
}

async function verify(
  options: AuthenticatorOptions,
  token: string,
  guard: Pick<SignInGuard, "beforeLookup">,
): Promise<Claims> {
  try {
    // Only says whose keys to fetch; an address is built from it, so it must be a GUID on the list before that.
    const directory = z.guid().parse(decodeJwt(token)["tid"]);
    const isOfMsp = directory.toLowerCase() === options.mspDirectoryId.toLowerCase();
    if (!isOfMsp) guard.beforeLookup();
    if (!isOfMsp && !(await options.isKnownDirectory(directory.toLowerCase()))) throw invalidToken();
    const { payload } = await jwtVerify(token, options.keysOf(directory), {
      algorithms: ["RS256"],
      issuer: `${options.authority}/${directory}/v2.0`,
      audience: [...options.audiences],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["exp"],
      ...(options.now === undefined ? {} : { currentDate: options.now() }),
    });
    return Claims.parse(payload);
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) throw invalidToken(error);
    throw error;
  }
}

/**
 * A user's token carries the delegated scope. An app's own token carries none: Entra marks it `idtyp` app where that
 * optional claim is on, and always makes its subject the service principal. An id token has no scope either, so
 * the absence alone must not make an app of it.
 */
function identityOf(claims: Claims): Pick<Actor, "kind" | "id" | "name"> {
  const client = claims.azp ?? claims.appid;
  if (claims.scp !== undefined) {
    if (claims.idtyp === "app" || !claims.scp.split(" ").includes(DELEGATED_SCOPE)) throw invalidToken();
    const name = claims.preferred_username ?? claims.upn ?? claims.oid;
    return { kind: "user", id: `${claims.tid}_${claims.oid}`, name };
  }
  const isApp = claims.idtyp === undefined ? claims.sub.toLowerCase() === claims.oid : claims.idtyp === "app";
  if (!isApp || client === undefined) throw invalidToken();
  return { kind: "app", id: `${claims.tid}_${client}`, name: claims.app_displayname ?? client };
}

/**
 * Roles of another directory are given by that directory's own admins, so a customer can only make tenant users. The
 * roles of the MSP's people and of its apps are different columns of the table, so neither can hold the other's.
 */
function rolesOf(claims: Claims, kind: Actor["kind"], isOfMsp: boolean): Role[] {
  const known = ROLES.filter((role) => claims.roles.includes(role));
  if (!isOfMsp) return known.filter((role) => role === "TenantUser");
  return known.filter((role) => (role === "ApiApp") === (kind === "app"));
}

/** Design §7: without a grant an Admin sees all, a tenant user their own tenant, anybody else nothing. */
function scopeWithoutGrant(roles: readonly Role[], directoryId: string): Scope {
  if (roles.includes("Admin")) return { kind: "all" };
  const own = roles.includes("TenantUser") ? [TenantId.parse(directoryId)] : [];
  return { kind: "some", customerIds: [], tenantIds: own };
}

function invalidToken(cause?: unknown): AppError {
  return new AppError("unauthenticated", "unauthenticated", "The access token is not valid here, or no longer.", {
    cause,
  });
}
