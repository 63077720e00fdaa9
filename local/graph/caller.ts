import type { FastifyRequest } from "fastify";
import { errors } from "jose";
import { GraphError } from "./graph-error";
import type { GraphTenantSeed } from "./seed";
import type { GraphState } from "./state";

const audience = "https://graph.microsoft.com";

/** Permissions that open a route; any one of them suffices. */
export interface Permissions {
  application: string[];
  delegated: string[];
}

/**
 * The tenant a token is for, once the token is proven and carries a permission. 401 InvalidAuthenticationToken without
 * a valid token, 403 Authorization_RequestDenied without a permission.
 */
export async function tenantOfCaller(
  state: GraphState,
  request: FastifyRequest,
  needed: Permissions,
): Promise<GraphTenantSeed> {
  const claims = await claimsOf(state, request);
  const appOnly = claims["idtyp"] === "app" || claims["scp"] === undefined;
  const held = appOnly ? texts(claims["roles"]) : text(claims["scp"]).split(" ");
  const allowed = appOnly ? needed.application : needed.delegated;
  if (!held.some((permission) => allowed.includes(permission))) {
    throw new GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
  }
  const tenant = state.tenants.get(text(claims["tid"]).toLowerCase());
  if (!tenant) {
    throw new GraphError(
      401,
      "Authorization_IdentityNotFound",
      "The identity of the calling application could not be established.",
    );
  }
  return tenant;
}

async function claimsOf(state: GraphState, request: FastifyRequest): Promise<Record<string, unknown>> {
  const token = /^bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) throw unauthenticated("Access token is empty.");
  try {
    return await state.verify(token, audience);
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthenticated("Lifetime validation failed, the token is expired.");
    const reason = error instanceof Error ? error.message : "";
    throw unauthenticated(`Access token validation failure. ${reason}`.trim());
  }
}

function unauthenticated(message: string): GraphError {
  return new GraphError(401, "InvalidAuthenticationToken", message);
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
