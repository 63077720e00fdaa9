import { decodeJwt } from "jose";
import { agent, appOnly, byPassword, byRefreshToken, child, entra, signIn, useMsalPlatform } from "./msal-platform";
import { apiApp, cspApp, customer, graph, partnerCenter, partnerCenterScope, reseller, secret } from "./world";

useMsalPlatform();

test("code with PKCE: the library accepts the sign-in and knows the account", async () => {
  const result = await signIn();
  expect(result.account).toEqual({ username: agent, homeAccountId: expect.stringContaining(reseller) as string });
  expect(result.idTokenClaims).toMatchObject({ nonce: "n", tid: reseller });
  expect(result.scopes).toContain(partnerCenterScope);
  expect(decodeJwt(result.accessToken)).toMatchObject({ aud: partnerCenter, amr: ["pwd", "mfa"] });
  expect(Date.parse(result.expiresOn) - Date.now()).toBeGreaterThan(3_500_000);
});

test("refresh: a new token for the same and for another resource, and a new refresh token", async () => {
  const { refreshToken } = await signIn();
  const again = await child.tokens(byRefreshToken(refreshToken));
  expect(again.refreshToken).toBeDefined();
  expect(again.refreshToken).not.toBe(refreshToken);
  entra.grantConsent(customer, cspApp, [`${graph}/Organization.Read.All`]);
  const elsewhere = await child.tokens(byRefreshToken(refreshToken, customer, `${graph}/Organization.Read.All`));
  expect(decodeJwt(elsewhere.accessToken)).toMatchObject({ aud: graph, tid: customer });
});

test("client credentials, with the directory given by id or by domain", async () => {
  for (const tenant of [reseller, "reseller.test"]) {
    const { accessToken } = await child.tokens(appOnly(tenant, `${partnerCenter}/.default`));
    expect(decodeJwt(accessToken)).toMatchObject({ aud: partnerCenter, tid: reseller, idtyp: "app" });
  }
});

test("user name and password, for a public client", async () => {
  const { accessToken, account } = await child.tokens(byPassword("admin@msp.test"));
  expect(decodeJwt(accessToken)).toMatchObject({ aud: apiApp, roles: ["Admin"] });
  expect(account?.username).toBe("admin@msp.test");
});

test("the credentials of the Azure libraries work with two options", async () => {
  const options = { authorityHost: entra.url, disableInstanceDiscovery: true };
  const scope = "https://vault.azure.net/.default";
  const input = { tenantId: reseller, clientId: cspApp, clientSecret: secret, options, scope };
  const accessToken = await child.credential(input);
  await expect(entra.verify(accessToken, "https://vault.azure.net")).resolves.toMatchObject({ tid: reseller });
});
