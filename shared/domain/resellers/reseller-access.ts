import type { ResellerIdentity } from "./reseller-identity";

/** What a token is for: the Partner Center API, or the host of the price sheets, which has an audience of its own. */
export type TokenAudience = "partnerCenter" | "priceSheets";

/**
 * The sign-in of a reseller as a person's work and the daily round need it. Refusals are `resellerNotAuthorized` with
 * `resellerState` `Revoked` or `SecretInvalid`; `upstreamError` when Entra gives no usable answer.
 */
export interface ResellerAccess {
  /** Redeems the refresh token now and keeps the new one, under the name of the same grant only. */
  renew(reseller: ResellerIdentity): Promise<void>;
  /**
   * A new access token, never one from memory: of the person who signed in, or of the application alone. That it is
   * refused says nothing of the reseller's own sign-in: a right may be missing for this one thing.
   */
  issue(reseller: ResellerIdentity, ask: { kind: "delegated" | "appOnly"; audience: TokenAudience }): Promise<string>;
}
