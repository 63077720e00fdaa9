import type { TenantId } from "../domain/access/ids";
import { AppError } from "../errors";
import type { ClientAsk, OAuthClient, TokenAnswer } from "./oauth-client";
import { TokenRefused } from "./token-refused";

interface ResellerTokenAsk {
  directoryId: TenantId;
  applicationId: string;
  applicationSecret: string;
  /** Address of the API the token is for. */
  resource: string;
}

/**
 * Tokens on behalf of a reseller, without a person present. A refusal is `resellerNotAuthorized` with what became of
 * the reseller: `Revoked` (somebody must sign in again) or `SecretInvalid` (the application's secret or id is wrong).
 */
export interface ResellerTokens {
  /** `permission`: of the resource, `user_impersonation` when absent; `.default` is whatever was consented to. */
  redeemRefreshToken(ask: ResellerTokenAsk & { refreshToken: string; permission?: Permission }): Promise<TokenAnswer>;
  clientCredentials(ask: ResellerTokenAsk): Promise<TokenAnswer>;
}

type Permission = "user_impersonation" | ".default";

export function createResellerTokens(oauth: OAuthClient): ResellerTokens {
  return {
    redeemRefreshToken: ({ refreshToken, resource, permission, ...ask }) =>
      refusalsMeanReseller(
        oauth.redeemRefreshToken({ ...withScope(ask, delegatedScope(resource, permission)), refreshToken }),
      ),
    clientCredentials: ({ resource, ...ask }) =>
      refusalsMeanReseller(oauth.clientCredentials(withScope(ask, `${resource}/.default`))),
  };
}

/** `offline_access` is what makes Entra send the next refresh token (fact sheet §2.3). */
export function delegatedScope(resource: string, permission: Permission = "user_impersonation"): string {
  return `${resource}/${permission} offline_access openid profile`;
}

function withScope(ask: Omit<ResellerTokenAsk, "resource">, scope: string): ClientAsk {
  return { ...ask, scope };
}

/** Entra numbers that blame the application or its secret, whatever `error` they come with (fact sheet §2.6). */
const APPLICATION_AT_FAULT = new Set([700016, 7000215, 7000216, 7000218, 7000222, 7000229]);
const NEEDS_SIGN_IN = new Set(["invalid_grant", "interaction_required", "consent_required", "login_required"]);

async function refusalsMeanReseller(answer: Promise<TokenAnswer>): Promise<TokenAnswer> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof TokenRefused ? meaningOf(error) : error;
  }
}

function meaningOf(refused: TokenRefused): AppError {
  const { error, code, traceId } = refused;
  const facts = { entraError: error, entraCode: code, traceId };
  const blamesApplication = code !== undefined && APPLICATION_AT_FAULT.has(code);
  if (error === "invalid_client" || error === "unauthorized_client" || blamesApplication) {
    return new AppError(
      "conflict",
      "resellerNotAuthorized",
      "Entra does not accept the reseller's application or its secret.",
      {
        cause: refused,
        extensions: { ...facts, resellerState: "SecretInvalid" },
      },
    );
  }
  if (NEEDS_SIGN_IN.has(error)) {
    return new AppError(
      "conflict",
      "resellerNotAuthorized",
      "The reseller's authorisation no longer works: sign in again.",
      {
        cause: refused,
        extensions: { ...facts, resellerState: "Revoked" },
      },
    );
  }
  return new AppError("upstream", "upstreamError", `Microsoft Entra refused the request (${error}).`, {
    cause: refused,
    extensions: { ...facts, remote: "entra" },
  });
}
