import { TenantId } from "../../../shared/domain/access/ids";
import { createOAuthClient, type OAuthClient } from "../../../shared/entra/oauth-client";
import { createResellerTokens } from "../../../shared/entra/reseller-tokens";
import { fakeTime } from "../partner-center/setup";
import { startUpstream, type Reply, type Upstream } from "../partner-center/upstream";

let entra: Upstream;
let oauth: OAuthClient;
beforeEach(async () => {
  entra = await startUpstream();
  oauth = createOAuthClient({ authority: `${entra.url}/`, time: fakeTime() });
});
afterEach(() => entra.close());

const directoryId = TenantId.parse("8d1a2c34-5b6e-4f70-8a9b-0c1d2e3f4a5b");
const ask = { directoryId, applicationId: "app-1", applicationSecret: "s+c=r&t", scope: "https://pc.example/.default" };
const form = (index = 0): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(entra.requests[index]?.body));

function refusal(error: string, code?: number, status = 400): Reply {
  const body = {
    error,
    error_description: `AADSTS${code ?? 0}: no`,
    ...(code === undefined ? {} : { error_codes: [code] }),
  };
  return { status, body };
}

test("client credentials are sent as a form to the directory's own token endpoint", async () => {
  entra.answer(() => ({ body: { token_type: "Bearer", expires_in: 3599, access_token: "a" } }));
  expect(await oauth.clientCredentials(ask)).toEqual({
    accessToken: "a",
    expiresInSeconds: 3599,
    refreshToken: undefined,
    idToken: undefined,
  });
  expect(entra.requests[0]).toMatchObject({ method: "POST", path: `/${directoryId}/oauth2/v2.0/token` });
  expect(entra.requests[0]?.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
  expect(form()).toEqual({
    grant_type: "client_credentials",
    client_id: "app-1",
    client_secret: "s+c=r&t",
    scope: "https://pc.example/.default",
  });
});

test("the numbers of the v1 endpoint, which are text, are understood", async () => {
  entra.answer(() => ({
    body: { expires_in: "3599", expires_on: "1", access_token: "a", refresh_token: "r", id_token: "i" },
  }));
  expect(await oauth.redeemRefreshToken({ ...ask, refreshToken: "old" })).toEqual({
    accessToken: "a",
    expiresInSeconds: 3599,
    refreshToken: "r",
    idToken: "i",
  });
  expect(form()).toMatchObject({ grant_type: "refresh_token", refresh_token: "old" });
});

test("a code is redeemed with its verifier and redirect address", async () => {
  entra.answer(() => ({ body: { expires_in: 1, access_token: "a" } }));
  await oauth.redeemCode({ ...ask, code: "c", codeVerifier: "v", redirectUri: "https://x/app/cb" });
  expect(form()).toMatchObject({
    grant_type: "authorization_code",
    code: "c",
    code_verifier: "v",
    redirect_uri: "https://x/app/cb",
  });
});

describe("an outage", () => {
  const outages: [string, Reply][] = [
    ["503", { status: 503, body: "<html>" }],
    ["temporarily_unavailable", refusal("temporarily_unavailable")],
    ["no JSON", { body: "<html>" }],
  ];
  test.each(outages)("is waited out for a refresh (%s)", async (_name, reply) => {
    entra.answer((_request, { count }) => (count < 3 ? reply : { body: { expires_in: 1, access_token: "a" } }));
    expect((await oauth.redeemRefreshToken({ ...ask, refreshToken: "r" })).accessToken).toBe("a");
  });

  test("is told as one when it lasts", async () => {
    entra.answer((_request, { socket }) => void socket.resetAndDestroy());
    await expect(oauth.clientCredentials(ask)).rejects.toMatchObject({ kind: "upstream", code: "upstreamError" });
    expect(entra.requests).toHaveLength(4);
  });

  test("never makes a code be redeemed twice", async () => {
    entra.answer(() => ({ status: 503, body: "" }));
    const redeem = oauth.redeemCode({ ...ask, code: "c", codeVerifier: "v", redirectUri: "https://x" });
    await expect(redeem).rejects.toMatchObject({ code: "upstreamError" });
    expect(entra.requests).toHaveLength(1);
  });

  test("Retry-After is passed on when nobody should wait that long", async () => {
    entra.answer(() => ({ status: 429, headers: { "retry-after": "120" } }));
    await expect(oauth.clientCredentials(ask)).rejects.toMatchObject({ code: "upstreamError", retryAfterSeconds: 120 });
    expect(entra.requests).toHaveLength(1);
  });
});

describe("discovery", () => {
  const metadata = (issuerId: string, keys = entra.url): Reply => ({
    body: { issuer: `https://login.example/${issuerId}/v2.0`, jwks_uri: `${keys}/keys` },
  });

  test("finds the directory behind a domain", async () => {
    entra.answer(() => metadata(directoryId.toUpperCase()));
    expect(await oauth.discover(" Larkspur.onmicrosoft.com ")).toEqual({
      directoryId,
      issuer: `https://login.example/${directoryId.toUpperCase()}/v2.0`,
      jwksUri: `${entra.url}/keys`,
    });
    expect(entra.requests[0]?.path).toBe("/larkspur.onmicrosoft.com/v2.0/.well-known/openid-configuration");
  });

  test("says that there is none", async () => {
    entra.answer(() => refusal("invalid_tenant", 90002));
    expect(await oauth.discover("nobody.example")).toBeUndefined();
  });

  test.each([
    "common",
    "organizations",
    "consumers",
    "",
    "a/b.example",
    "x@y.example",
    "..",
    "localhost",
    "a b.example",
  ])("does not ask for %j, which is neither a domain nor a tenant id", async (name) => {
    expect(await oauth.discover(name)).toBeUndefined();
    expect(entra.requests).toHaveLength(0);
  });

  test("does not take keys from another host", async () => {
    entra.answer(() => metadata(directoryId, "https://attacker.example"));
    await expect(oauth.discover(directoryId)).rejects.toMatchObject({ code: "upstreamError" });
  });
});

describe("a refusal tells what became of the reseller", () => {
  test.each<[string, Reply, Record<string, unknown>]>([
    ["the refresh token lapsed", refusal("invalid_grant", 700082), { resellerState: "Revoked", entraCode: 700082 }],
    ["the grant was revoked", refusal("invalid_grant", 50173), { resellerState: "Revoked" }],
    ["a sign-in is wanted", refusal("interaction_required", 50076), { resellerState: "Revoked" }],
    ["no number", refusal("invalid_grant"), { resellerState: "Revoked" }],
    ["the secret is wrong", refusal("invalid_client", 7000215, 401), { resellerState: "SecretInvalid" }],
    ["the secret expired", refusal("invalid_client", 7000222, 401), { resellerState: "SecretInvalid" }],
    ["the application is unknown", refusal("unauthorized_client", 700016), { resellerState: "SecretInvalid" }],
  ])("%s", async (_name, reply, extensions) => {
    entra.answer(() => reply);
    const tokens = createResellerTokens(oauth);
    const redeem = tokens.redeemRefreshToken({ ...ask, resource: "https://pc.example", refreshToken: "r" });
    await expect(redeem).rejects.toMatchObject({ kind: "conflict", code: "resellerNotAuthorized", extensions });
    expect(entra.requests).toHaveLength(1);
    expect(form()).toMatchObject({ scope: "https://pc.example/user_impersonation offline_access openid profile" });
  });

  test("anything else is Entra's or our own fault, not the reseller's", async () => {
    entra.answer(() => refusal("invalid_scope", 70011));
    const tokens = createResellerTokens(oauth);
    const get = tokens.clientCredentials({ ...ask, resource: "https://pc.example" });
    await expect(get).rejects.toMatchObject({ code: "upstreamError", extensions: { entraError: "invalid_scope" } });
    expect(form()).toMatchObject({ scope: "https://pc.example/.default" });
  });
});
