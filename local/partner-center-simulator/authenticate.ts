import { decodeJwt } from "jose";
import { refuse } from "./errors";
import type { Caller, RouteRule } from "./route";
import type { SwitchValues } from "./switches";
import type { Partner, World } from "./world";

/** The claims of an access token whose signature has been checked. */
export type TokenClaims = Record<string, unknown>;

/** Checks the signature of a token and returns its claims; throws when it is not genuine or expired. */
export type VerifyToken = (token: string) => Promise<TokenClaims>;

/** Audiences that are accepted (partner-center-api.md §1.1); tokens for the retired ones are refused with a code of its own. */
const audiences = {
  "partner-center": ["https://api.partnercenter.microsoft.com", "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"],
  sales: ["https://api.partner.microsoft.com"],
};
const retiredAudiences = ["https://graph.windows.net", "00000002-0000-0000-c000-000000000000"];

/**
 * Who calls, or the refusal Partner Center would give: audience, known partner tenant, app-only or user, MFA, membership
 * of AdminAgents (partner-center-api.md §2.3, §2.5, §2.7).
 */
export function callerOf(claims: TokenClaims, rule: RouteRule, world: World, switches: SwitchValues): Caller {
  refuseWrongAudience(text(claims["aud"]), rule.audience ?? "partner-center");
  const partner = world.partners.get(text(claims["tid"]).toLowerCase());
  if (!partner) return refuse(401, "400", "Access denied: the tenant is no partner.");
  const caller = readCaller(claims, partner);
  if (caller.kind === "app") refuseApp(caller, rule, switches);
  else refuseUser(caller, rule, switches);
  return caller;
}

/** The caller of a route that needs no token. */
export const anonymous: Caller = {
  kind: "app",
  partner: {
    ...{ tenantId: "", companyName: "", domain: "", email: "", country: "", currency: "", culture: "", language: "" },
  },
  ...{ appId: "", oid: "", upn: undefined, mfa: false, roles: [], groups: [] },
};

function refuseWrongAudience(audience: string, wanted: keyof typeof audiences): void {
  const found = audience.replace(/\/$/, "");
  if (retiredAudiences.includes(found)) {
    refuse(401, "900420", "Tokens for graph.windows.net are no longer supported.");
  }
  if (!audiences[wanted].includes(found)) refuse(401, "400", "Access denied: the token is for another audience.");
}

function readCaller(claims: TokenClaims, partner: Partner): Caller {
  const upn = text(claims["upn"]) || text(claims["preferred_username"]) || text(claims["unique_name"]);
  const delegated = text(claims["scp"]) !== "" || upn !== "";
  const isUser = delegated && text(claims["idtyp"]) !== "app";
  return {
    kind: isUser ? "user" : "app",
    partner,
    appId: text(claims["appid"]) || text(claims["azp"]),
    oid: text(claims["oid"]),
    upn: isUser ? upn : undefined,
    mfa: texts(claims["amr"]).some((method) => method === "mfa" || method === "ngcmfa"),
    roles: texts(claims["roles"]),
    groups: texts(claims["groups"]),
  };
}

function refuseApp(caller: Caller, rule: RouteRule, switches: SwitchValues): void {
  const { appIds } = caller.partner;
  if (appIds && !appIds.includes(caller.appId)) {
    refuse(Number(switches.unregisteredAppStatus), "400", "Access denied: the application is not registered.");
  }
  if (rule.token === "user") refuse(403, "900329", "This resource does not support app-only tokens.");
}

function refuseUser(caller: Caller, rule: RouteRule, switches: SwitchValues): void {
  if (switches.mfaEnforcement && !caller.mfa) {
    refuse(401, "900421", "The access token has no claim of multifactor authentication.");
  }
  const { adminAgents, withoutGdap } = caller.partner;
  // The members are named by the seed; else the groups in the token decide, where it has that claim.
  const isAgent = adminAgents
    ? isListed(adminAgents, caller)
    : caller.groups.length === 0 || caller.groups.includes("AdminAgents");
  if (!isAgent) {
    refuse(403, "900150", "The caller's role does not have the right; sign in as a member of AdminAgents.");
  }
  if (rule.gdap && withoutGdap && isListed(withoutGdap, caller)) {
    refuse(403, "900308", "Insufficient privileges: no granular delegated role in the customer tenant.");
  }
}

function isListed(list: string[], caller: Caller): boolean {
  const names = list.map((name) => name.toLowerCase());
  return [caller.oid, caller.upn ?? ""].some((name) => name !== "" && names.includes(name.toLowerCase()));
}

/** The claims of a token without looking at its signature; undefined when it is no JWT. */
export function readUnverified(token: string): TokenClaims | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
