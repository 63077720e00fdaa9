import type { TenantId } from "../access/ids";

/** Tokens of a fresh sign-in. Never logged, never stored outside the vault. */
export interface SignInTokens {
  accessToken: string;
  refreshToken: string | undefined;
  /** Directory the account signed in to: claim `tid` of the verified id token. */
  directoryId: TenantId;
  userName: string;
  /** `amr` contains `mfa`: Partner Center refuses tokens without it (401, 900421). */
  mfa: boolean;
}

/**
 * Entra as the reseller's authorisation needs it (RFC 6749, RFC 7636; Partner Center fact sheet §2).
 * Failures are `AppError`s with the codes of product.md §3.5: `secretInvalid`, `mfaRequired`, `accessDenied`,
 * `adminConsentRequired`, `redirectUriMismatch`, `stateExpired` (code used up or too old), `tenantMismatch`,
 * `upstreamError` when Entra cannot be reached.
 */
export interface PartnerSignIn {
  /** The directory behind a domain or tenant id, through OpenID discovery; undefined when there is none. */
  resolveDirectory(domainOrTenantId: string): Promise<TenantId | undefined>;
  authorizeUrl(ask: {
    directoryId: TenantId;
    applicationId: string;
    redirectUri: string;
    state: string;
    codeChallenge: string;
  }): string;
  exchangeCode(ask: {
    directoryId: TenantId;
    applicationId: string;
    applicationSecret: string;
    redirectUri: string;
    code: string;
    codeVerifier: string;
  }): Promise<SignInTokens>;
}
