import { createRemoteJWKSet, jwtVerify } from "jose";
import { readUnverified, type TokenClaims, type VerifyToken } from "./authenticate";

/**
 * Checks tokens against the signing keys of an Entra (stand-in or real): RS256, not expired. The issuer is not compared:
 * partners and applications of any tenant call, and Partner Center goes by `tid`.
 */
export function verifyAgainstEntra(entraUrl: string): VerifyToken {
  const keys = createRemoteJWKSet(new URL(`${entraUrl.replace(/\/$/, "")}/common/discovery/v2.0/keys`));
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, { algorithms: ["RS256"] });
    return payload;
  };
}

/** For use alone, without any Entra: every well-formed JWT passes, whatever its signature; its claims still count. */
export function acceptAnySignature(token: string): Promise<TokenClaims> {
  const claims = readUnverified(token);
  return claims ? Promise.resolve(claims) : Promise.reject(new Error("The bearer token is no JWT."));
}
