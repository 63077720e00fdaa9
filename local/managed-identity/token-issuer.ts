import type { JSONWebKeySet, JWTPayload } from "jose";
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { createHash } from "node:crypto";

/** Makes tokens as Entra makes them for managed identities. Times are the machine's: clients check them by their own. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  /** For a resource such as `https://vault.azure.net`. Without a client id: the system-assigned identity. */
  issueToken: (resource: string, clientId?: string) => Promise<IssuedToken>;
  /** Rejects a token that is not of this issuer, not for this resource, or has expired. */
  verifyToken: (token: string, resource: string) => Promise<JWTPayload>;
}

export interface IssuedToken {
  token: string;
  expiresOn: Date;
}

/** Managed identities get tokens of 24 hours. */
const LIFETIME_SECONDS = 24 * 3600;
const ALGORITHM = "RS256";

/** An issuer with a key of its own, for the directory `tenantId`. */
export async function createTokenIssuer(
  tenantId = "00000000-0000-0000-0000-000000000000",
  lifetimeSeconds = LIFETIME_SECONDS,
): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const jwks = { keys: [{ ...publicJwk, kid, use: "sig", alg: ALGORITHM }] };
  const keys = createLocalJWKSet(jwks);
  const issuer = `https://sts.windows.net/${tenantId}/`;
  return {
    issuer,
    jwks,
    async issueToken(resource, clientId) {
      const appId = clientId ?? idFrom(`${tenantId} system-assigned identity`);
      const principal = idFrom(`${tenantId} ${appId}`);
      const now = Math.floor(Date.now() / 1000);
      const expires = now + lifetimeSeconds;
      const token = await new SignJWT({ appid: appId, oid: principal, tid: tenantId, idtyp: "app", ver: "1.0" })
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(resource)
        .setSubject(principal)
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(expires)
        .sign(privateKey);
      return { token, expiresOn: new Date(expires * 1000) };
    },
    async verifyToken(token, resource) {
      const audience = [resource, `${resource}/`]; // clients write it both ways
      const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: [ALGORITHM] });
      return payload;
    },
  };
}

/** The same id in every run, shaped as a UUID. */
function idFrom(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
