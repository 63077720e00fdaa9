import { z } from "zod";
import { TenantId } from "../domain/access/ids";
import { AppError } from "../errors";
import { systemTime, type Time } from "../retry";
import { createEntraHttp } from "./entra-http";
import { parseTokenRefusal } from "./token-refused";

/** What every token request names. */
export interface ClientAsk {
  directoryId: TenantId;
  applicationId: string;
  applicationSecret: string;
  scope: string;
}

export interface TokenAnswer {
  accessToken: string;
  expiresInSeconds: number;
  refreshToken: string | undefined;
  idToken: string | undefined;
}

interface DirectoryMetadata {
  directoryId: TenantId;
  issuer: string;
  jwksUri: string;
}

/**
 * The token endpoint and discovery of one Entra cloud. A refusal is thrown as `TokenRefused`; no usable answer as
 * `upstreamError`.
 */
export interface OAuthClient {
  /** Base address of the cloud, without a slash at the end. */
  readonly authority: string;
  /** Never repeated: a code is good for one try. */
  redeemCode(ask: ClientAsk & { code: string; codeVerifier: string; redirectUri: string }): Promise<TokenAnswer>;
  /** May be repeated: redeeming does not revoke the old refresh token (fact sheet §2.4). */
  redeemRefreshToken(ask: ClientAsk & { refreshToken: string }): Promise<TokenAnswer>;
  clientCredentials(ask: ClientAsk): Promise<TokenAnswer>;
  /** OpenID discovery by tenant id or domain; undefined when there is no such directory. */
  discover(domainOrTenantId: string): Promise<DirectoryMetadata | undefined>;
}

// The v1 endpoint sends numbers as text, v2 as numbers (fact sheet §2.3).
const Tokens = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
  refresh_token: z.string().min(1).optional(),
  id_token: z.string().min(1).optional(),
});

const Metadata = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });

export function createOAuthClient(options: {
  authority: string;
  timeoutMs?: number;
  time?: Time;
  fetch?: typeof fetch;
}): OAuthClient {
  const authority = options.authority.replace(/\/+$/, "");
  const http = createEntraHttp({
    timeoutMs: options.timeoutMs ?? 30_000,
    time: options.time ?? systemTime,
    fetch: options.fetch ?? fetch,
  });

  const requestTokens = async (
    ask: ClientAsk,
    form: Record<string, string>,
    repeatable: boolean,
  ): Promise<TokenAnswer> => {
    const { directoryId, applicationId, applicationSecret, scope } = ask;
    const fields = { client_id: applicationId, client_secret: applicationSecret, scope, ...form };
    const answer = await http.postForm(`${authority}/${directoryId}/oauth2/v2.0/token`, fields, repeatable);
    const tokens = Tokens.safeParse(answer.body);
    if (answer.status !== 200 || !tokens.success) throw parseTokenRefusal(answer.status, answer.body) ?? unreadable();
    const { access_token, expires_in, refresh_token, id_token } = tokens.data;
    return { accessToken: access_token, expiresInSeconds: expires_in, refreshToken: refresh_token, idToken: id_token };
  };

  return {
    authority,
    redeemCode: ({ code, codeVerifier, redirectUri, ...ask }) =>
      requestTokens(
        ask,
        { grant_type: "authorization_code", code, code_verifier: codeVerifier, redirect_uri: redirectUri },
        false,
      ),
    redeemRefreshToken: ({ refreshToken, ...ask }) =>
      requestTokens(ask, { grant_type: "refresh_token", refresh_token: refreshToken }, true),
    clientCredentials: (ask) => requestTokens(ask, { grant_type: "client_credentials" }, true),

    async discover(domainOrTenantId) {
      const name = domainOrTenantId.trim().toLowerCase();
      if (!isDirectoryName(name)) return undefined;
      const { status, body } = await http.get(`${authority}/${name}/v2.0/.well-known/openid-configuration`);
      if (status === 400 || status === 404) return undefined;
      return parseMetadata(authority, body);
    },
  };
}

/** A tenant id or a DNS name; so `common` and `organizations`, which are no directory, and paths are out. */
function isDirectoryName(name: string): boolean {
  const dnsName = /^(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;
  return TenantId.safeParse(name).success || dnsName.test(name);
}

function parseMetadata(authority: string, body: unknown): DirectoryMetadata {
  const parsed = Metadata.safeParse(body);
  const directoryId = TenantId.safeParse(
    /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(parsed.data?.issuer ?? "")?.[0],
  );
  if (!parsed.success || !directoryId.success) throw unreadable();
  // Keys are taken from the cloud we were configured for, whatever the document says.
  if (new URL(parsed.data.jwks_uri).origin !== new URL(authority).origin) throw unreadable();
  return { directoryId: directoryId.data, issuer: parsed.data.issuer, jwksUri: parsed.data.jwks_uri };
}

function unreadable(): AppError {
  return new AppError("upstream", "upstreamError", "Microsoft Entra sent an answer that cannot be read.", {
    extensions: { remote: "entra" },
  });
}
