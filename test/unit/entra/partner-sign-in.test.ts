import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import { TenantId } from "../../../shared/domain/access/ids";
import type { PartnerSignIn } from "../../../shared/domain/resellers/partner-sign-in";
import { createOAuthClient } from "../../../shared/entra/oauth-client";
import { createPartnerSignIn } from "../../../shared/entra/partner-sign-in";
import { fakeTime } from "../partner-center/setup";
import { startUpstream, type Reply, type Upstream } from "../partner-center/upstream";

const directoryId = TenantId.parse("8d1a2c34-5b6e-4f70-8a9b-0c1d2e3f4a5b");
const applicationId = "3f2b1c0d-9e8f-4a7b-8c6d-5e4f3a2b1c0d";
const ask = {
  ...{ directoryId, applicationId, applicationSecret: "secret", redirectUri: "https://x/app/cb" },
  ...{ code: "the-code", codeVerifier: "the-verifier" },
};

let key: CryptoKey;
let publicKey: Record<string, unknown>;
beforeAll(async () => {
  const pair = await generateKeyPair("RS256");
  key = pair.privateKey;
  publicKey = { ...(await exportJWK(pair.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
});

let entra: Upstream;
let signIn: PartnerSignIn;
beforeEach(async () => {
  entra = await startUpstream();
  const oauth = createOAuthClient({ authority: entra.url, time: fakeTime() });
  signIn = createPartnerSignIn({ oauth, partnerCenterResource: "https://pc.example" });
});
afterEach(() => entra.close());

interface Shape {
  claims?: Record<string, unknown>;
  issuer?: string;
  audience?: string;
  expiresIn?: string;
  signedWith?: CryptoKey;
}

async function idToken(shape: Shape = {}): Promise<string> {
  const {
    claims,
    issuer = `${entra.url}/${directoryId}/v2.0`,
    audience = applicationId,
    expiresIn = "1h",
    signedWith = key,
  } = shape;
  return new SignJWT({ tid: directoryId, preferred_username: "ops@reseller.example", amr: ["pwd", "mfa"], ...claims })
    .setProtectedHeader({ alg: "RS256", kid: "k1" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject("sub-1")
    .setIssuedAt(Math.floor(Date.now() / 1000) - 7200)
    .setExpirationTime(expiresIn === "past" ? Math.floor(Date.now() / 1000) - 600 : expiresIn)
    .sign(signedWith);
}

function answerTokens(tokens: Reply): void {
  entra.answer(({ path }) => {
    if (path.endsWith("/openid-configuration")) {
      return { body: { issuer: `${entra.url}/${directoryId}/v2.0`, jwks_uri: `${entra.url}/keys` } };
    }
    return path === "/keys" ? { body: { keys: [publicKey] } } : tokens;
  });
}

const issued = (id: string | undefined, more: Record<string, unknown> = {}): Reply => ({
  body: {
    expires_in: 3600,
    access_token: "access",
    refresh_token: "refresh",
    ...(id ? { id_token: id } : {}),
    ...more,
  },
});

test("the sign-in page is the directory's own, with PKCE, state, and a choice of account", () => {
  const url = new URL(
    signIn.authorizeUrl({
      directoryId,
      applicationId,
      redirectUri: "https://x/app/cb",
      state: "s&1",
      codeChallenge: "ch",
    }),
  );
  expect(url.origin + url.pathname).toBe(`${entra.url}/${directoryId}/oauth2/v2.0/authorize`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: applicationId,
    response_type: "code",
    response_mode: "query",
    redirect_uri: "https://x/app/cb",
    scope: "https://pc.example/user_impersonation offline_access openid profile",
    state: "s&1",
    code_challenge: "ch",
    code_challenge_method: "S256",
    prompt: "select_account",
  });
});

test("a code becomes tokens of a verified account", async () => {
  answerTokens(issued(await idToken()));
  expect(await signIn.exchangeCode(ask)).toEqual({
    accessToken: "access",
    refreshToken: "refresh",
    directoryId,
    userName: "ops@reseller.example",
    mfa: true,
  });
});

test("multi-factor authentication is seen in either token, and its absence too", async () => {
  const accessWithMfa = await idToken({ claims: { amr: ["mfa"] } });
  answerTokens(issued(await idToken({ claims: { amr: undefined } }), { access_token: accessWithMfa }));
  expect((await signIn.exchangeCode(ask)).mfa).toBe(true);
  answerTokens(issued(await idToken({ claims: { amr: ["pwd"] } })));
  expect((await signIn.exchangeCode(ask)).mfa).toBe(false);
});

test("an account of another directory is told apart", async () => {
  const other = "11111111-5b6e-4f70-8a9b-0c1d2e3f4a5b";
  answerTokens(issued(await idToken({ claims: { tid: other }, issuer: `${entra.url}/${other}/v2.0` })));
  await expect(signIn.exchangeCode(ask)).rejects.toMatchObject({ code: "tenantMismatch" });
});

test("an id token that is forged, foreign, stale or missing is refused", async () => {
  const stranger = await generateKeyPair("RS256");
  const bad: (string | undefined)[] = [
    await idToken({ signedWith: stranger.privateKey }),
    await idToken({ audience: "another-app" }),
    await idToken({ issuer: "https://attacker.example" }),
    await idToken({ expiresIn: "past" }),
    undefined,
  ];
  for (const token of bad) {
    answerTokens(issued(token));
    await expect(signIn.exchangeCode(ask)).rejects.toMatchObject({ kind: "upstream", code: "upstreamError" });
  }
});

test.each([
  ["invalid_client", 7000215, "secretInvalid"],
  ["invalid_client", 7000222, "secretInvalid"],
  ["unauthorized_client", 700016, "secretInvalid"],
  ["invalid_grant", 50076, "mfaRequired"],
  ["interaction_required", 50079, "mfaRequired"],
  ["invalid_grant", 65001, "adminConsentRequired"],
  ["access_denied", 90094, "adminConsentRequired"],
  ["access_denied", 65004, "accessDenied"],
  ["invalid_grant", 53003, "accessDenied"],
  ["invalid_request", 50011, "redirectUriMismatch"],
  ["invalid_grant", 54005, "stateExpired"],
  ["invalid_grant", 70008, "stateExpired"],
  ["invalid_grant", undefined, "stateExpired"],
  ["invalid_request", 90002, "tenantMismatch"],
  ["invalid_grant", 50020, "tenantMismatch"],
  ["invalid_scope", 70011, "upstreamError"],
])("%s with number %s means %s", async (error, number, code) => {
  answerTokens({
    status: 400,
    body: { error, error_description: "AADSTS53003 misleads", error_codes: number ? [number] : [] },
  });
  await expect(signIn.exchangeCode(ask)).rejects.toMatchObject({ code });
});

test("a domain leads to its directory", async () => {
  answerTokens({});
  expect(await signIn.resolveDirectory("reseller.example")).toBe(directoryId);
});
