import { startEntra, type Entra } from "../../../local/entra/entra";
import { VirtualClock } from "../../../local/virtual-clock";
import {
  appForm,
  claimsOf,
  codeFor,
  codeForm,
  control,
  refreshForm,
  refreshTokenOf,
  signIn,
  text,
  token,
} from "./client";
import {
  apiApp,
  cspApp,
  customer,
  graph,
  msp,
  partnerCenter,
  partnerCenterScope,
  password,
  reseller,
  scriptApp,
  secret,
  seed,
} from "./world";

let entra: Entra;
let clock: VirtualClock;

beforeAll(async () => {
  clock = new VirtualClock({ running: false });
  entra = await startEntra({ seed, clock });
});
beforeEach(() => entra.reset());
afterAll(() => entra.close());

const day = 86_400_000;

test("a code becomes tokens that say who signed in, for which app, with MFA", async () => {
  const body = await signIn(entra, "agent@reseller.test");
  expect(body).toMatchObject({ token_type: "Bearer", scope: `openid profile ${partnerCenterScope}` });
  expect(body["expires_in"]).toBe(body["ext_expires_in"]);
  const claims = claimsOf(body);
  expect(claims).toMatchObject({
    aud: partnerCenter,
    iss: `https://sts.windows.net/${reseller}/`,
    tid: reseller,
    appid: cspApp,
    upn: "agent@reseller.test",
    name: "Agent",
    amr: ["pwd", "mfa"],
    scp: "user_impersonation",
    groups: ["AdminAgents"],
    ver: "1.0",
  });
  expect(claims["wids"]).toContain("62e90394-69f5-4237-9190-012177145e10");
  const lifetime = claims.exp! - claims.iat!;
  expect(lifetime).toBe(body["expires_in"]);
  expect(lifetime).toBeGreaterThanOrEqual(3_600);
  expect(lifetime).toBeLessThan(5_400);
  expect(claimsOf(body, "id_token")).toMatchObject({
    aud: cspApp,
    iss: `${entra.url}/${reseller}/v2.0`,
    tid: reseller,
    oid: claims["oid"],
    nonce: "a nonce",
    amr: ["pwd", "mfa"],
  });
});

test("a token born without MFA never gains it", async () => {
  const body = await signIn(entra, "nomfa@reseller.test");
  expect(claimsOf(body)["amr"]).toEqual(["pwd"]);
  await control(entra, "PATCH", "accounts/nomfa@reseller.test", { mfa: true });
  const refreshed = await token(entra, reseller, refreshForm(text(body["refresh_token"])));
  expect(claimsOf(refreshed.body)["amr"]).toEqual(["pwd"]);
});

test("without offline_access there is no refresh token, and without openid no id token", async () => {
  const code = await codeFor(entra, "agent@reseller.test", { scope: partnerCenterScope });
  const { body } = await token(entra, reseller, { ...codeForm(code), scope: partnerCenterScope });
  expect(Object.keys(body).sort()).toEqual(["access_token", "expires_in", "ext_expires_in", "scope", "token_type"]);
});

test("every redemption gives a new refresh token, and the old one keeps working", async () => {
  const first = await refreshTokenOf(entra, "agent@reseller.test");
  const second = text((await token(entra, reseller, refreshForm(first))).body["refresh_token"]);
  const third = text((await token(entra, reseller, refreshForm(first))).body["refresh_token"]);
  expect(new Set([first, second, third]).size).toBe(3);
  await clock.advance(89 * day);
  const renewed = text((await token(entra, reseller, refreshForm(second))).body["refresh_token"]);
  await clock.advance(89 * day);
  expect((await token(entra, reseller, refreshForm(renewed))).status).toBe(200);
  expect((await token(entra, reseller, refreshForm(second))).body["error_codes"]).toEqual([700082]);
});

test("one refresh token serves other resources and, where consented, other directories", async () => {
  const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
  entra.grantConsent(reseller, cspApp, ["https://api.partner.microsoft.com/user_impersonation"]);
  entra.grantConsent(customer, cspApp, ["Organization.Read.All"]);
  const sales = await token(entra, reseller, refreshForm(refreshToken, "https://api.partner.microsoft.com/.default"));
  expect(claimsOf(sales.body)["aud"]).toBe("https://api.partner.microsoft.com");
  const inCustomer = await token(entra, customer, refreshForm(refreshToken, "Organization.Read.All"));
  expect(claimsOf(inCustomer.body)).toMatchObject({
    aud: graph,
    tid: customer,
    upn: "agent@reseller.test",
    scp: "Organization.Read.All",
    idp: `https://sts.windows.net/${reseller}/`,
  });
});

test("the older endpoint takes a resource and answers numbers as strings", async () => {
  const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
  const form = { ...refreshForm(refreshToken), scope: "", resource: partnerCenter };
  const { status, body } = await token(entra, reseller, form, { path: "oauth2/token" });
  expect(status).toBe(200);
  expect(body).toMatchObject({ token_type: "Bearer", resource: partnerCenter });
  for (const name of ["expires_in", "ext_expires_in", "expires_on", "not_before"]) {
    expect(body[name]).toMatch(/^\d+$/);
  }
  expect(claimsOf(body)["aud"]).toBe(partnerCenter);
  expect(body).toHaveProperty("refresh_token");
});

test("an app-only token carries the granted application permissions of its directory, and no user", async () => {
  const before = await token(entra, reseller, appForm());
  expect(claimsOf(before.body)).not.toHaveProperty("roles");
  entra.grantConsent(customer, cspApp, [`${graph}/Organization.Read.All`]);
  const { body } = await token(entra, "customer.test", appForm());
  expect(Object.keys(body).sort()).toEqual(["access_token", "expires_in", "ext_expires_in", "token_type"]);
  const claims = claimsOf(body);
  expect(claims).toMatchObject({ tid: customer, appid: cspApp, idtyp: "app", roles: ["Organization.Read.All"] });
  expect(claims["oid"]).toBe(claims.sub);
  expect(claims).not.toHaveProperty("scp");
  expect(claims).not.toHaveProperty("upn");
});

test("a client may send its id and secret as basic authentication", async () => {
  const basic = Buffer.from(`${encodeURIComponent(cspApp)}:${encodeURIComponent(secret)}`).toString("base64");
  const form = { grant_type: "client_credentials", scope: `${partnerCenter}/.default` };
  const { status } = await token(entra, reseller, form, { headers: { authorization: `Basic ${basic}` } });
  expect(status).toBe(200);
});

test("a script gets a token of our own API by password, with the app roles of its user", async () => {
  const form = { client_id: scriptApp, grant_type: "password", username: "Admin@MSP.test", password };
  const scope = `api://${apiApp}/.default openid offline_access`;
  const { status, body } = await token(entra, msp, { ...form, scope });
  expect(status).toBe(200);
  expect(claimsOf(body)).toMatchObject({
    aud: apiApp,
    iss: `${entra.url}/${msp}/v2.0`,
    azp: scriptApp,
    ver: "2.0",
    scp: "access_as_user",
    roles: ["Admin"],
    preferred_username: "admin@msp.test",
    amr: ["pwd"],
  });
  await control(entra, "PATCH", `directories/${msp}`, { passwordGrantMfa: true });
  const withMfa = await token(entra, msp, { ...form, scope });
  expect(claimsOf(withMfa.body)["amr"]).toEqual(["pwd", "mfa"]);
});

test("an app gets the roles it was granted at another registered app's API", async () => {
  const form = { client_id: scriptApp, client_secret: secret, grant_type: "client_credentials" };
  const { body } = await token(entra, msp, { ...form, scope: "https://msp.test/csp/.default" });
  expect(claimsOf(body)).toMatchObject({ aud: apiApp, azp: scriptApp, roles: ["License.Read"], idtyp: "app" });
});

test("an expired secret is followed by a new one without a change of the registration", async () => {
  await control(entra, "DELETE", `apps/${cspApp}/secrets`);
  expect((await token(entra, reseller, appForm())).body["error_codes"]).toEqual([7000215]);
  const expiresAt = new Date(clock.nowMs() + 12 * day).toISOString();
  await control(entra, "POST", `apps/${cspApp}/secrets`, { value: "new", expiresAt });
  const form = { ...appForm(), client_secret: "new" };
  expect((await token(entra, reseller, form)).status).toBe(200);
  await clock.advance(12 * day);
  expect((await token(entra, reseller, form)).body["error_codes"]).toEqual([7000222]);
});

test("a token verifies for its own API only", async () => {
  const { access_token: accessToken } = await signIn(entra, "agent@reseller.test");
  const jwt = text(accessToken);
  await expect(entra.verify(jwt)).resolves.toMatchObject({ tid: reseller });
  await expect(entra.verify(jwt, ["x", `${partnerCenter}/`])).resolves.toMatchObject({ aud: partnerCenter });
  await expect(entra.verify(jwt, "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd")).resolves.toMatchObject({
    aud: partnerCenter,
  });
  await expect(entra.verify(jwt, graph)).rejects.toThrow("audience");
  await expect(entra.verify(`${jwt.slice(0, -8)}AAAAAAAA`)).rejects.toThrow();
  await expect(entra.verify("nonsense")).rejects.toThrow();
});

test("a managed identity gets tokens the storage emulator, the vault and the broker can check", async () => {
  for (const resource of [
    "https://storage.azure.com",
    "https://vault.azure.net/.default",
    "https://servicebus.azure.net/",
  ]) {
    const issued = await entra.issueServiceToken(resource, apiApp);
    const claims = await entra.verify(issued.accessToken, resource.replace("/.default", ""));
    expect(claims).toMatchObject({ iss: `https://sts.windows.net/${msp}/`, appid: apiApp, idtyp: "app" });
    expect(issued.expiresOn).toBe(claims.exp);
  }
  const unregistered = await entra.issueServiceToken("https://vault.azure.net");
  expect(await entra.verify(unregistered.accessToken)).toMatchObject({ tid: reseller });
  await expect(entra.issueServiceToken("https://nothing.example")).rejects.toThrow("AADSTS500011");
});

test("the journal tells what was issued to whom, without any token", async () => {
  const body = await signIn(entra, "agent@reseller.test");
  await token(entra, reseller, appForm());
  const { grants } = await control(entra, "GET", "grants");
  expect(grants).toMatchObject([
    { kind: "code", appId: cspApp, upn: "agent@reseller.test" },
    { kind: "authorization_code", resource: partnerCenter, permissions: ["user_impersonation"], amr: ["pwd", "mfa"] },
    { kind: "client_credentials", tenantId: reseller, resource: graph },
  ]);
  expect(JSON.stringify(grants)).not.toContain(text(body["refresh_token"]));
});
