import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { AppError } from "../errors";

const TIMEOUT_MS = 5_000;
const Discovery = z.object({ jwks_uri: z.url({ protocol: /^https?$/ }) });

/** The keys that sign a directory's tokens. */
export type DirectoryKeys = (directoryId: string) => JWTVerifyGetKey;

/**
 * Finds signing keys by OpenID discovery, on first use and once per directory: a directory's own document lists only
 * keys that may sign for it, which the shared one does not. jose keeps the keys for ten minutes and looks again for an
 * unknown key id. When they cannot be had: `unavailable` / `signInUnavailable`, and the next request tries again.
 */
export function createDirectoryKeys(options: { authority: string; fetch?: typeof globalThis.fetch }): DirectoryKeys {
  const get = options.fetch ?? globalThis.fetch;
  const found = new Map<string, Promise<JWTVerifyGetKey>>();

  function keysOf(directoryId: string): Promise<JWTVerifyGetKey> {
    const known = found.get(directoryId);
    if (known !== undefined) return known;
    const asked = discover(options.authority, directoryId, get);
    found.set(directoryId, asked);
    asked.catch(() => found.delete(directoryId));
    return asked;
  }

  return (directoryId) => async (header, token) => {
    try {
      const keys = await keysOf(directoryId);
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new AppError("unavailable", "signInUnavailable", "The sign-in service cannot be asked for its keys.", {
        cause: error,
        retryAfterSeconds: 5,
      });
    }
  };
}

async function discover(authority: string, directoryId: string, get: typeof fetch): Promise<JWTVerifyGetKey> {
  const address = `${authority}/${directoryId}/v2.0/.well-known/openid-configuration`;
  const response = await get(address, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`OpenID discovery of ${directoryId} answered ${response.status}.`);
  const { jwks_uri: jwksUri } = Discovery.parse(await response.json());
  return createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: TIMEOUT_MS, [customFetch]: get });
}
