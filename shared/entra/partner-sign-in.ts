import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload } from "jose";
import { z } from "zod";
import { TenantId } from "../domain/access/ids";
import type { PartnerSignIn, SignInTokens } from "../domain/resellers/partner-sign-in";
import { AppError } from "../errors";
import type { OAuthClient } from "./oauth-client";
import { delegatedScope } from "./reseller-tokens";
import { signInError } from "./sign-in-errors";
import { TokenRefused } from "./token-refused";

/** Signing in the account whose grant we will use for a reseller: authorisation code with PKCE (fact sheet §2.2–§2.3). */
export function createPartnerSignIn(options: { oauth: OAuthClient; partnerCenterResource: string }): PartnerSignIn {
  const { oauth } = options;
  const scope = delegatedScope(options.partnerCenterResource);
  const verify = createIdTokenVerifier(oauth);

  return {
    async resolveDirectory(domainOrTenantId) {
      return (await oauth.discover(domainOrTenantId))?.directoryId;
    },

    authorizeUrl({ directoryId, applicationId, redirectUri, state, codeChallenge }) {
      // The directory's own path, not `common`: only this reseller's accounts can sign in.
      const url = new URL(`${oauth.authority}/${directoryId}/oauth2/v2.0/authorize`);
      const fields = {
        client_id: applicationId,
        response_type: "code",
        redirect_uri: redirectUri,
        response_mode: "query",
        scope,
        state,
        code_challenge: codeChallenge,
        code_challenge_method: "S256",
        // Whoever is signed in to this browser already is rarely the integration account.
        prompt: "select_account",
      };
      for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
      return url.href;
    },

    async exchangeCode(ask) {
      const { directoryId, applicationId } = ask;
      const tokens = await oauth.redeemCode({ ...ask, scope }).catch((error: unknown) => {
        throw error instanceof TokenRefused ? signInError(error) : error;
      });
      if (tokens.idToken === undefined) throw unverifiable("there is no id token");
      const claims = await verify(tokens.idToken, { directoryId, applicationId });
      return toSignInTokens(tokens, directoryId, claims);
    },
  };
}

const Claims = z.looseObject({
  preferred_username: z.string().optional(),
  upn: z.string().optional(),
  unique_name: z.string().optional(),
  name: z.string().optional(),
  amr: z.array(z.string()).optional().catch(undefined),
});

function toSignInTokens(
  tokens: { accessToken: string; refreshToken: string | undefined },
  directoryId: TenantId,
  payload: JWTPayload,
): SignInTokens {
  const claims = Claims.parse(payload);
  return {
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken,
    directoryId,
    userName: claims.preferred_username ?? claims.upn ?? claims.unique_name ?? claims.name ?? payload.sub ?? "",
    mfa: [...(claims.amr ?? []), ...accessTokenMethods(tokens.accessToken)].some(
      (method) => method === "mfa" || method === "ngcmfa",
    ),
  };
}

/**
 * An id token of the v2 endpoint need not tell how the user proved to be one; the access token's `amr` is what Partner
 * Center itself looks at. It is unverified here and only advice: Partner Center has the last word (900421).
 */
function accessTokenMethods(accessToken: string): string[] {
  try {
    return Claims.parse(decodeJwt(accessToken)).amr ?? [];
  } catch {
    return [];
  }
}

type Verify = (idToken: string, expected: { directoryId: TenantId; applicationId: string }) => Promise<JWTPayload>;

/** Key sets are kept per address: `jose` caches the keys in them and looks for new ones when it meets an unknown key. */
function createIdTokenVerifier(oauth: OAuthClient): Verify {
  const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();
  return async (idToken, { directoryId, applicationId }) => {
    const metadata = await oauth.discover(directoryId);
    if (!metadata) throw unverifiable("the directory is unknown");
    // No cool-down: these tokens come from Entra itself, so an unknown key means that the keys were rotated.
    const keys =
      keySets.get(metadata.jwksUri) ?? createRemoteJWKSet(new URL(metadata.jwksUri), { cooldownDuration: 0 });
    keySets.set(metadata.jwksUri, keys);
    const { payload } = await jwtVerify(idToken, keys, {
      audience: applicationId,
      algorithms: ["RS256"],
      clockTolerance: 60,
      requiredClaims: ["iss", "aud", "exp", "tid"],
    }).catch((error: unknown) => {
      throw unverifiable(error instanceof errors.JOSEError ? error.code : "its keys cannot be read", error);
    });
    const signedIn = TenantId.safeParse(payload["tid"]);
    if (!signedIn.success || signedIn.data !== directoryId) {
      throw new AppError("unprocessable", "tenantMismatch", "The account that signed in belongs to another directory.");
    }
    if (payload.iss !== metadata.issuer) throw unverifiable("another issuer");
    return payload;
  };
}

function unverifiable(why: string, cause?: unknown): AppError {
  return new AppError("upstream", "upstreamError", `The sign-in cannot be verified: ${why}.`, {
    cause,
    extensions: { remote: "entra" },
  });
}
