import type { Clock } from "../domain/access/clock";
import type { SecretVault } from "../domain/access/secret-vault";
import type { ResellerTrouble } from "../domain/resellers/note-reseller-trouble";
import type { ResellerAccess, TokenAudience } from "../domain/resellers/reseller-access";
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
  redeemRefreshToken(
    ask: TokenAsk & { refreshToken: string; permission?: "user_impersonation" | ".default" },
  ): Promise<IssuedTokens>;
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

/** Told whenever Microsoft refuses the sign-in of a reseller, by whatever call. */
export type OnTrouble = (reseller: ResellerIdentity, trouble: ResellerTrouble) => Promise<void>;

export interface AccessTokens extends ResellerAccess {
  /** A token for calls to Partner Center, from memory while it has five minutes to live. */
  get(reseller: ResellerIdentity): Promise<string>;
  /** Partner Center refused this token: it is not handed out again. */
  forget(reseller: ResellerIdentity, accessToken: string): void;
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
  /** Audience of the price sheets' host. */
  priceSheetsResource: string;
  onTrouble: OnTrouble;
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
    const started = issueForCalls(options, reseller, kind)
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
    async issue(reseller, { kind, audience }) {
      return (await issueToken(options, reseller, kind, targetOf(options, audience))).accessToken;
    },
  };
}

/** The host of the price sheets takes whatever was consented to (fact sheet §7). */
function targetOf(
  options: { partnerCenterResource: string; priceSheetsResource: string },
  audience: TokenAudience,
): Target {
  if (audience === "partnerCenter") return { resource: options.partnerCenterResource };
  return { resource: options.priceSheetsResource, permission: ".default" };
}

/** A new authorisation or application has other names: a token of the old account must not outlive it in memory. */
function cacheKey(reseller: ResellerIdentity, kind: CommerceToken): string {
  const { resellerId, directoryId, applicationId, applicationSecretName, refreshTokenName } = reseller;
  const grant = kind === "delegated" ? refreshTokenName : undefined;
  return JSON.stringify([resellerId, directoryId, kind, applicationId, applicationSecretName, grant]);
}

type IssueDeps = Pick<Parameters<typeof createAccessTokens>[0], "issuer" | "vault" | "clock" | "logger" | "onTrouble">;

/** A token for Partner Center itself: that it is refused is trouble of the reseller. */
async function issueForCalls(
  deps: IssueDeps & { partnerCenterResource: string },
  reseller: ResellerIdentity,
  kind: CommerceToken,
): Promise<IssuedTokens> {
  try {
    return await issueToken(deps, reseller, kind, { resource: deps.partnerCenterResource });
  } catch (error) {
    await reportTrouble(deps, reseller, error);
    throw error;
  }
}

/** Says on the reseller what became of it; that this fails must not hide why the token was refused. */
async function reportTrouble(deps: IssueDeps, reseller: ResellerIdentity, error: unknown): Promise<void> {
  const state = hasCode(error, "resellerNotAuthorized") ? error.extensions["resellerState"] : undefined;
  if (state !== "Revoked" && state !== "SecretInvalid") return;
  try {
    await deps.onTrouble(reseller, state);
  } catch (cause) {
    deps.logger.warn("trouble of a reseller could not be noted", { resellerId: reseller.resellerId, error: cause });
  }
}

/** What a token is to open. */
type Target = { resource: string; permission?: ".default" };

async function issueToken(
  deps: IssueDeps,
  reseller: ResellerIdentity,
  kind: CommerceToken,
  target: Target,
): Promise<IssuedTokens> {
  const read = await readSecrets(reseller, kind, (name) => deps.vault.get(name));
  try {
    return await issueWith(deps, reseller, read, target);
  } catch (error) {
    if (!hasCode(error, "resellerNotAuthorized")) throw error;
    // Another instance may have stored a newer secret than the one remembered here; the same one is not tried again.
    const now = await readSecrets(reseller, kind, (name) => deps.vault.refetch(name));
    if (now.applicationSecret === read.applicationSecret && now.refreshToken === read.refreshToken) throw error;
    deps.logger.info("tokens asked again with newer secrets", { resellerId: reseller.resellerId });
    return issueWith(deps, reseller, now, target);
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

async function issueWith(
  deps: IssueDeps,
  reseller: ResellerIdentity,
  secrets: Secrets,
  { resource, permission }: Target,
): Promise<IssuedTokens> {
  const { applicationSecret, refreshToken, refreshTokenName } = secrets;
  const { directoryId, applicationId } = reseller;
  const ask = { directoryId, applicationId, applicationSecret, resource };
  if (refreshToken === undefined || refreshTokenName === undefined) return deps.issuer.clientCredentials(ask);

  const issued = await deps.issuer.redeemRefreshToken({ ...ask, refreshToken, ...(permission ? { permission } : {}) });
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
