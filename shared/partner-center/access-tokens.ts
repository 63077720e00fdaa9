import type { Clock } from "../domain/access/clock";
import type { SecretVault } from "../domain/access/secret-vault";
import type { ResellerIdentity } from "../domain/resellers/reseller-identity";
import type { TenantId } from "../domain/access/ids";
import { AppError, hasCode } from "../errors";
import type { Logger } from "../logger";
import { systemTime, type Time } from "../retry";

export interface IssuedTokens {
  accessToken: string;
  expiresInSeconds: number;
  /** Refresh tokens rotate: this one replaces the one that was redeemed. */
  refreshToken: string | undefined;
}

interface TokenAsk {
  directoryId: TenantId;
  applicationId: string;
  applicationSecret: string;
  /** Address of the API the token is for. */
  resource: string;
}

/** Where tokens come from. Refusals are `resellerNotAuthorized` with `resellerState` `Revoked` or `SecretInvalid`. */
export interface TokenIssuer {
  redeemRefreshToken(ask: TokenAsk & { refreshToken: string }): Promise<IssuedTokens>;
  clientCredentials(ask: TokenAsk): Promise<IssuedTokens>;
}

/** The vault, with what a token refresh needs beyond reading and writing. */
export interface TokenVault extends SecretVault {
  /** The present value, past any cache. */
  refetch(name: string): Promise<string | undefined>;
  /** Writes a new version; false, and nothing written, when the secret was deleted meanwhile. */
  replace(name: string, value: string, options?: { expiresAt?: Date }): Promise<boolean>;
}

/** `delegated`: App+User from the refresh token; `appOnly`: client credentials (see the ADR on tokens). */
export type CommerceToken = "delegated" | "appOnly";

export interface AccessTokens {
  /** A token for calls to Partner Center, from memory while it has five minutes to live. */
  get(reseller: ResellerIdentity): Promise<string>;
  /** Partner Center refused this token: it is not handed out again. */
  forget(reseller: ResellerIdentity, accessToken: string): void;
  /** Redeems the refresh token now, which keeps its 90 days running and finds a revocation early. */
  renew(reseller: ResellerIdentity): Promise<void>;
}

/** Not handed out in its last minutes: the call it is for must end before it does. */
const SPARE_MS = 5 * 60_000;
const REFRESH_TOKEN_DAYS = 90;

/**
 * Access tokens for Partner Center, per reseller and grant, with one refresh in flight each. A rotated refresh token is in
 * the vault before the access token that came with it is used: losing it would cost a new sign-in by a person.
 */
export function createAccessTokens(options: {
  issuer: TokenIssuer;
  vault: TokenVault;
  partnerCenterResource: string;
  /** Dates the refresh token; access tokens live in the machine's time. */
  clock: Clock;
  time?: Time;
  logger: Logger;
  commerceToken?: (reseller: ResellerIdentity) => CommerceToken;
}): AccessTokens {
  const { time = systemTime, commerceToken = () => "delegated" } = options;
  const cache = new Map<string, { accessToken: string; usableUntil: number }>();
  const inFlight = new Map<string, Promise<string>>();

  const issueOnce = (reseller: ResellerIdentity, kind: CommerceToken): Promise<string> => {
    const key = cacheKey(reseller, kind);
    const running = inFlight.get(key);
    if (running) return running;
    const started = issueToken(options, reseller, kind)
      .then(({ accessToken, expiresInSeconds }) => {
        const lifeMs = expiresInSeconds * 1000;
        const usableUntil = time.now() + lifeMs - Math.min(SPARE_MS, lifeMs / 2);
        for (const [old, entry] of cache) if (entry.usableUntil <= time.now()) cache.delete(old);
        cache.set(key, { accessToken, usableUntil });
        return accessToken;
      })
      .finally(() => inFlight.delete(key));
    inFlight.set(key, started);
    return started;
  };

  return {
    async get(reseller) {
      const kind = commerceToken(reseller);
      const cached = cache.get(cacheKey(reseller, kind));
      return cached && cached.usableUntil > time.now() ? cached.accessToken : issueOnce(reseller, kind);
    },
    forget(reseller, accessToken) {
      const key = cacheKey(reseller, commerceToken(reseller));
      if (cache.get(key)?.accessToken === accessToken) cache.delete(key);
    },
    async renew(reseller) {
      await issueOnce(reseller, "delegated");
    },
  };
}

/** A new authorisation or application has other names: a token of the old account must not outlive it in memory. */
function cacheKey(reseller: ResellerIdentity, kind: CommerceToken): string {
  const { resellerId, directoryId, applicationId, applicationSecretName, refreshTokenName } = reseller;
  const grant = kind === "delegated" ? refreshTokenName : undefined;
  return JSON.stringify([resellerId, directoryId, kind, applicationId, applicationSecretName, grant]);
}

type IssueDeps = Pick<
  Parameters<typeof createAccessTokens>[0],
  "issuer" | "vault" | "partnerCenterResource" | "clock" | "logger"
>;

async function issueToken(deps: IssueDeps, reseller: ResellerIdentity, kind: CommerceToken): Promise<IssuedTokens> {
  const read = await readSecrets(reseller, kind, (name) => deps.vault.get(name));
  try {
    return await issueWith(deps, reseller, read);
  } catch (error) {
    if (!hasCode(error, "resellerNotAuthorized")) throw error;
    // Another instance may have stored a newer secret than the one remembered here; the same one is not tried again.
    const now = await readSecrets(reseller, kind, (name) => deps.vault.refetch(name));
    if (now.applicationSecret === read.applicationSecret && now.refreshToken === read.refreshToken) throw error;
    deps.logger.info("tokens asked again with newer secrets", { resellerId: reseller.resellerId });
    return issueWith(deps, reseller, now);
  }
}

interface Secrets {
  applicationSecret: string;
  /** Present for `delegated`. */
  refreshToken?: string;
  refreshTokenName?: string;
}

async function readSecrets(
  reseller: ResellerIdentity,
  kind: CommerceToken,
  read: (name: string) => Promise<string | undefined>,
): Promise<Secrets> {
  const applicationSecret = await read(reseller.applicationSecretName);
  if (applicationSecret === undefined) {
    throw notAuthorized("SecretInvalid", "The reseller's application secret is not in the vault.");
  }
  if (kind === "appOnly") return { applicationSecret };
  const refreshTokenName = reseller.refreshTokenName;
  const refreshToken = refreshTokenName === undefined ? undefined : await read(refreshTokenName);
  if (refreshTokenName === undefined || refreshToken === undefined) {
    throw notAuthorized("Revoked", "The reseller has not been authorised, or its authorisation was withdrawn.");
  }
  return { applicationSecret, refreshToken, refreshTokenName };
}

async function issueWith(deps: IssueDeps, reseller: ResellerIdentity, secrets: Secrets): Promise<IssuedTokens> {
  const { applicationSecret, refreshToken, refreshTokenName } = secrets;
  const { directoryId, applicationId } = reseller;
  const ask = { directoryId, applicationId, applicationSecret, resource: deps.partnerCenterResource };
  if (refreshToken === undefined || refreshTokenName === undefined) return deps.issuer.clientCredentials(ask);

  const issued = await deps.issuer.redeemRefreshToken({ ...ask, refreshToken });
  if (issued.refreshToken === undefined || issued.refreshToken === refreshToken) return issued;
  const expiresAt = new Date(deps.clock().getTime() + REFRESH_TOKEN_DAYS * 86_400_000);
  // Only the secret this token was read from: a refresh that races a new authorisation cannot bring the old one back.
  const saved = await deps.vault.replace(refreshTokenName, issued.refreshToken, { expiresAt });
  if (!saved) throw notAuthorized("Revoked", "The reseller's authorisation was withdrawn meanwhile.");
  return issued;
}

function notAuthorized(resellerState: "Revoked" | "SecretInvalid", message: string): AppError {
  return new AppError("conflict", "resellerNotAuthorized", message, { extensions: { resellerState } });
}
