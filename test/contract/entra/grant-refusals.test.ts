import { startEntra, type Entra } from "../../../local/entra/entra";
import { policyCodes } from "../../../local/entra/error-codes";
import { VirtualClock } from "../../../local/virtual-clock";
import { codeFor, codeForm, control, refreshForm, refreshTokenOf, text, token } from "./client";
import { expectRefusal, type Refusal } from "./refusal";
import {
  apiApp,
  cspApp,
  customer,
  graph,
  msp,
  partnerCenterScope,
  password,
  redirectUri,
  reseller,
  scriptApp,
  seed,
  singleTenantApp,
} from "./world";

let entra: Entra;
let clock: VirtualClock;

beforeAll(async () => {
  clock = new VirtualClock({ running: false, start: new Date("2026-11-20T08:01:02Z") });
  entra = await startEntra({ seed, clock });
});
beforeEach(() => entra.reset());
afterAll(() => entra.close());

const day = 86_400_000;
const passwordForm = (upn: string, more: Record<string, string> = {}) => ({
  client_id: scriptApp,
  grant_type: "password",
  username: upn,
  password,
  scope: `api://${apiApp}/access_as_user`,
  ...more,
});

const refusals: Refusal[] = [
  {
    when: "the app was deleted",
    code: 700016,
    error: "unauthorized_client",
    status: 400,
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      await control(entra, "DELETE", `apps/${cspApp}`);
      return token(entra, reseller, refreshForm(refreshToken));
    },
  },
  {
    when: "a single-tenant app uses common",
    code: 50194,
    error: "invalid_request",
    status: 400,
    ask: () => token(entra, "common", passwordForm("admin@msp.test")),
  },
  {
    when: "two resources are named at once",
    code: 28000,
    error: "invalid_request",
    status: 400,
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      return token(entra, reseller, refreshForm(refreshToken, `${partnerCenterScope} ${graph}/User.Read`));
    },
  },
  {
    when: "the permission does not exist",
    code: 70011,
    error: "invalid_scope",
    status: 400,
    ask: () => token(entra, msp, passwordForm("admin@msp.test", { scope: `api://${apiApp}/rule_the_world` })),
  },
  {
    when: "the code is made up",
    code: 70000,
    error: "invalid_grant",
    status: 400,
    ask: () => token(entra, reseller, codeForm("1.AQinvented")),
  },
  {
    when: "the refresh token is made up, at common",
    code: 70000,
    error: "invalid_grant",
    status: 400,
    ask: () => token(entra, "common", refreshForm("1.AXinvented")),
  },
  {
    when: "the refresh token belongs to another app",
    code: 70000,
    error: "invalid_grant",
    status: 400,
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      return token(entra, reseller, { ...refreshForm(refreshToken), client_id: singleTenantApp });
    },
  },
  {
    when: "a code is redeemed a second time",
    code: 54005,
    error: "invalid_grant",
    status: 400,
    ask: async () => {
      const code = await codeFor(entra, "agent@reseller.test");
      expect((await token(entra, reseller, codeForm(code))).status).toBe(200);
      return token(entra, reseller, codeForm(code));
    },
  },
  {
    when: "a code is older than ten minutes",
    code: 70008,
    error: "invalid_grant",
    status: 400,
    ask: async () => {
      const code = await codeFor(entra, "agent@reseller.test");
      await clock.advance(10 * 60_000 + 1);
      return token(entra, reseller, codeForm(code));
    },
  },
  {
    when: "a code is redeemed in another directory",
    code: 700005,
    error: "invalid_grant",
    status: 400,
    ask: async () => token(entra, customer, codeForm(await codeFor(entra, "agent@reseller.test"))),
  },
  {
    when: "the redirect address is not the one of the sign-in",
    code: 500112,
    error: "invalid_client",
    status: 401,
    ask: async () => {
      const code = await codeFor(entra, "agent@reseller.test");
      return token(entra, reseller, { ...codeForm(code), redirect_uri: `${redirectUri}/` });
    },
  },
  {
    when: "the PKCE verifier is wrong",
    code: 501481,
    error: "invalid_grant",
    status: 400,
    ask: async () => {
      const code = await codeFor(entra, "agent@reseller.test");
      return token(entra, reseller, { ...codeForm(code), code_verifier: "x".repeat(43) });
    },
  },
  {
    when: "a refresh token was not used for 90 days",
    code: 700082,
    error: "invalid_grant",
    status: 400,
    suberror: "bad_token",
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      await clock.advance(90 * day);
      return token(entra, reseller, refreshForm(refreshToken));
    },
  },
  {
    when: "the sessions of the account were revoked",
    code: 50173,
    error: "invalid_grant",
    status: 400,
    suberror: "bad_token",
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      await control(entra, "POST", "accounts/agent@reseller.test/revoke-sessions");
      return token(entra, reseller, refreshForm(refreshToken));
    },
  },
  {
    when: "the account was disabled",
    code: 50057,
    error: "invalid_grant",
    status: 400,
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      await control(entra, "PATCH", "accounts/agent@reseller.test", { disabled: true });
      return token(entra, reseller, refreshForm(refreshToken));
    },
  },
  {
    when: "the app's consent was taken back",
    code: 65001,
    error: "invalid_grant",
    status: 400,
    suberror: "consent_required",
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      await control(entra, "DELETE", `directories/${reseller}/consents/${cspApp}`);
      return token(entra, reseller, refreshForm(refreshToken));
    },
  },
  {
    when: "a refresh token is used where nobody consented",
    code: 65001,
    error: "invalid_grant",
    status: 400,
    suberror: "consent_required",
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      return token(entra, customer, refreshForm(refreshToken, `${graph}/Organization.Read.All`));
    },
  },
  {
    when: "the account has no business in the directory",
    code: 50020,
    error: "invalid_grant",
    status: 400,
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
      await control(entra, "PATCH", `directories/${customer}`, { partnerTenants: [msp] });
      return token(entra, customer, refreshForm(refreshToken, `${graph}/Organization.Read.All`));
    },
  },
  {
    when: "the password is wrong",
    code: 50126,
    error: "invalid_grant",
    status: 400,
    ask: () => token(entra, msp, passwordForm("admin@msp.test", { password: "guess" })),
  },
  {
    when: "the user does not exist",
    code: 50034,
    error: "invalid_grant",
    status: 400,
    ask: () => token(entra, msp, passwordForm("nobody@msp.test")),
  },
  {
    when: "the directory demands MFA and a password alone is sent",
    code: 50076,
    error: "invalid_grant",
    status: 400,
    suberror: "basic_action",
    ask: async () => {
      await control(entra, "PATCH", `directories/${msp}`, { requireMfa: true });
      return token(entra, msp, passwordForm("admin@msp.test"));
    },
  },
  {
    when: "the directory demands MFA of an account that never enrolled",
    code: 50079,
    error: "invalid_grant",
    status: 400,
    suberror: "basic_action",
    ask: async () => {
      const refreshToken = await refreshTokenOf(entra, "nomfa@reseller.test");
      await control(entra, "PATCH", `directories/${reseller}`, { requireMfa: true });
      return token(entra, reseller, refreshForm(refreshToken));
    },
  },
];

test.each(refusals)("$code when $when", expectRefusal);

test.each(policyCodes)("the account switch brings policy refusal %i, and lifts it again", async (code) => {
  const refreshToken = await refreshTokenOf(entra, "agent@reseller.test");
  await control(entra, "PATCH", "accounts/agent@reseller.test", { refuse: code });
  const refused = await token(entra, reseller, refreshForm(refreshToken));
  expect(refused).toMatchObject({ status: 400, body: { error: "invalid_grant", error_codes: [code] } });
  expect("claims" in refused.body).toBe([50076, 50078, 50079].includes(code));
  await control(entra, "PATCH", "accounts/agent@reseller.test", { refuse: null });
  expect((await token(entra, reseller, refreshForm(refreshToken))).status).toBe(200);
});

test("the older endpoint says interaction_required where MFA is missing", async () => {
  await control(entra, "PATCH", `directories/${msp}`, { requireMfa: true });
  const form = { ...passwordForm("admin@msp.test"), resource: `api://${apiApp}` };
  const { body } = await token(entra, msp, form, { path: "oauth2/token" });
  expect(body).toMatchObject({ error: "interaction_required", error_codes: [50076] });
  expect(JSON.parse(text(body["claims"]))).toHaveProperty("access_token");
});
