import type { MsalCall } from "./msal-child";
import {
  agent,
  appOnly,
  auth,
  byCode,
  byPassword,
  byRefreshToken,
  child,
  clock,
  codeOf,
  comeBack,
  signIn,
  turn,
  useMsalPlatform,
} from "./msal-platform";
import {
  cspApp,
  customer,
  graph,
  msp,
  oldSecret,
  redirectUri,
  reseller,
  scriptApp,
  singleTenantApp,
  stranger,
} from "./world";

useMsalPlatform();

interface Case {
  code: number;
  error: string;
  when: string;
  /** The library's own class for "a person must act". */
  interaction?: boolean;
  call: () => MsalCall | Promise<MsalCall>;
}

/** Turns a switch between sign-in and refresh. */
const afterSignIn = (method: string, route: string, body?: unknown) => async (): Promise<MsalCall> => {
  const { refreshToken } = await signIn();
  await turn(method, route, body);
  return byRefreshToken(refreshToken);
};
const refusedBy = (code: number) => afterSignIn("PATCH", `accounts/${agent}`, { refuse: code });

const cases: Case[] = [
  {
    code: 7000215,
    error: "invalid_client",
    when: "wrong secret",
    call: () => appOnly(reseller, undefined, { clientSecret: "no" }),
  },
  {
    code: 7000222,
    error: "invalid_client",
    when: "expired secret",
    call: () => appOnly(reseller, undefined, { clientSecret: oldSecret }),
  },
  {
    code: 7000218,
    error: "invalid_client",
    when: "no secret",
    call: async () => ({ ...byCode(await codeOf()), kind: "public", auth: auth(reseller, cspApp, "") }),
  },
  {
    code: 700016,
    error: "unauthorized_client",
    when: "unknown app",
    call: () => appOnly(reseller, undefined, { clientId: stranger }),
  },
  {
    code: 700016,
    error: "unauthorized_client",
    when: "single-tenant app elsewhere",
    call: () => appOnly(customer, undefined, { clientId: singleTenantApp }),
  },
  { code: 7000229, error: "invalid_client", when: "app never let in", call: () => appOnly(customer) },
  {
    code: 500011,
    error: "invalid_resource",
    when: "unknown resource",
    call: () => appOnly(reseller, "https://nothing.example/.default"),
  },
  {
    code: 54005,
    error: "invalid_grant",
    when: "code used twice",
    call: async () => {
      const code = await codeOf();
      await child.tokens(byCode(code));
      return byCode(code);
    },
  },
  {
    code: 70008,
    error: "invalid_grant",
    when: "code too old",
    call: async () => {
      const code = await codeOf();
      await clock.advance(11 * 60_000);
      return byCode(code);
    },
  },
  { code: 70000, error: "invalid_grant", when: "made-up token", call: () => byRefreshToken("1.AXmade-up") },
  {
    code: 501481,
    error: "invalid_grant",
    when: "wrong PKCE verifier",
    call: async () => byCode(await codeOf(), { codeVerifier: "y".repeat(50) }),
  },
  {
    code: 500112,
    error: "invalid_client",
    when: "other redirect address",
    call: async () => byCode(await codeOf(), { redirectUri: `${redirectUri}2` }),
  },
  {
    code: 700082,
    error: "invalid_grant",
    when: "90 days unused",
    interaction: true,
    call: async () => {
      const { refreshToken } = await signIn();
      await clock.advance(90 * 86_400_000);
      return byRefreshToken(refreshToken);
    },
  },
  {
    code: 50173,
    error: "invalid_grant",
    when: "sessions revoked",
    interaction: true,
    call: afterSignIn("POST", `accounts/${agent}/revoke-sessions`),
  },
  {
    code: 50057,
    error: "invalid_grant",
    when: "user disabled",
    call: afterSignIn("PATCH", `accounts/${agent}`, { disabled: true }),
  },
  {
    code: 65001,
    error: "invalid_grant",
    when: "consent taken back",
    interaction: true,
    call: afterSignIn("DELETE", `directories/${reseller}/consents/${cspApp}`),
  },
  {
    code: 50020,
    error: "invalid_grant",
    when: "no access to the directory",
    call: async () => {
      const { refreshToken } = await signIn();
      await turn("PATCH", `directories/${customer}`, { partnerTenants: [] });
      return byRefreshToken(refreshToken, customer, `${graph}/Organization.Read.All`);
    },
  },
  {
    code: 50126,
    error: "invalid_grant",
    when: "wrong password",
    call: () => byPassword("admin@msp.test", { password: "x" }),
  },
  { code: 50034, error: "invalid_grant", when: "unknown user", call: () => byPassword("nobody@msp.test") },
  {
    code: 50194,
    error: "invalid_request",
    when: "single-tenant app at common",
    call: () => ({ ...byPassword("admin@msp.test"), auth: auth("common", scriptApp, "") }),
  },
  {
    code: 50076,
    error: "invalid_grant",
    when: "MFA demanded of a password",
    interaction: true,
    call: async () => {
      await turn("PATCH", `directories/${msp}`, { requireMfa: true });
      return byPassword("admin@msp.test");
    },
  },
  { code: 50079, error: "invalid_grant", when: "MFA never enrolled", interaction: true, call: refusedBy(50079) },
  { code: 50078, error: "invalid_grant", when: "MFA session expired", interaction: true, call: refusedBy(50078) },
  { code: 50158, error: "invalid_grant", when: "external challenge", interaction: true, call: refusedBy(50158) },
  { code: 50105, error: "invalid_grant", when: "user not assigned", call: refusedBy(50105) },
  { code: 53000, error: "invalid_grant", when: "device not compliant", interaction: true, call: refusedBy(53000) },
  { code: 53001, error: "invalid_grant", when: "device not joined", interaction: true, call: refusedBy(53001) },
  { code: 53002, error: "invalid_grant", when: "app not approved", interaction: true, call: refusedBy(53002) },
  { code: 53003, error: "invalid_grant", when: "Conditional Access", interaction: true, call: refusedBy(53003) },
  { code: 70043, error: "invalid_grant", when: "sign-in frequency", interaction: true, call: refusedBy(70043) },
  { code: 700084, error: "invalid_grant", when: "single page app's token", interaction: true, call: refusedBy(700084) },
];

test.each(cases)("the library reports $code, $when", async ({ call, code, error, interaction = false }) => {
  const failure = await child.failure(await call());
  expect(failure).toMatchObject({
    name: interaction ? "InteractionRequiredAuthError" : "ServerError",
    errorCode: error,
    errorNo: code,
  });
  expect(failure.errorMessage).toContain(`AADSTS${code}:`);
});

test("claims for the next sign-in come with a missing MFA", async () => {
  const failure = await child.failure(await refusedBy(50076)());
  expect(JSON.parse(failure.claims ?? "")).toHaveProperty("access_token");
});

test("a tenant that does not exist has no endpoints to find", async () => {
  const failure = await child.failure(appOnly("nowhere.example"));
  expect(failure.errorCode).toBe("endpoints_resolution_error");
});

test.each([
  [65004, agent, "decline"],
  [90094, "clerk@reseller.test", "accept"],
])("the app learns of %i when it comes back from the pages", async (code, account, consent) => {
  const answer = await comeBack({ account, consent });
  expect(answer.get("error")).toBe("access_denied");
  expect(answer.get("error_description")).toContain(`AADSTS${code}:`);
});

test("an address that was never registered is not visited, 50011 is shown instead", async () => {
  await expect(comeBack({ account: agent }, { redirect_uri: "https://evil.example/" })).rejects.toThrow("AADSTS50011");
});

test.each([503, 429])("while Entra is busy the library reports %i, and afterwards it works", async (status) => {
  await turn("POST", "faults", { route: "token", status, retryAfterSeconds: 0 });
  const failure = await child.failure(appOnly());
  expect(failure).toMatchObject({ errorCode: "temporarily_unavailable" });
  expect((await child.tokens(appOnly())).accessToken).toBeDefined();
});

test("a lost answer is a network error", async () => {
  await turn("POST", "faults", { route: "token", drop: "after", times: null });
  expect((await child.failure(appOnly())).errorCode).toBe("network_error");
});
