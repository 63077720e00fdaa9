import type { JWTPayload } from "jose";
import { findResource, sameAudience } from "./resources";
import type { EntraState } from "./state";
import { issuerOf } from "./tokens";

/** See `Entra.verify`. */
export async function verifyAccessToken(
  state: EntraState,
  token: string,
  audience?: string | string[],
): Promise<JWTPayload> {
  const claims = await state.keys.verify(token);
  const tenantId = claims["tid"];
  if (typeof tenantId !== "string" || !state.directories.find(tenantId)) throw new Error("The tenant is unknown.");
  const version = claims["ver"] === "1.0" ? 1 : 2;
  if (claims.iss !== issuerOf(state, tenantId, version)) throw new Error("The issuer does not fit the tenant.");
  const wanted = audience === undefined ? undefined : [audience].flat();
  if (wanted && !wanted.some((name) => isFor(state, claims, name))) throw new Error("The audience is another one.");
  return claims;
}

/** An API is known by its address, its app id and its identifier URIs alike. */
function isFor(state: EntraState, { aud }: JWTPayload, name: string): boolean {
  if (typeof aud !== "string") return false;
  if (sameAudience(aud, name)) return true;
  const found = findResource(aud, state.directories);
  return found !== undefined && found.id === findResource(name, state.directories)?.id;
}
