import { startEntra, type Entra } from "../../../local/entra/entra";
import { VirtualClock } from "../../../local/virtual-clock";
import { authorizeUrl, browse, challenge, claimsOf, codeForm, control, signIn, text, token } from "./client";
import {
  cspApp,
  customer,
  graph,
  partnerCenter,
  partnerCenterScope,
  redirectUri,
  reseller,
  seed,
  singleTenantApp,
} from "./world";

let entra: Entra;

beforeAll(async () => {
  entra = await startEntra({ seed, clock: new VirtualClock({ running: false }) });
});
beforeEach(() => entra.reset());
afterAll(() => entra.close());

const agent = "agent@reseller.test";

describe("the account page", () => {
  test("offers the accounts of the directory as plain buttons of a form, and names the app safely", async () => {
    const { status, html } = await browse(authorizeUrl(entra, { login_hint: "clerk@reseller.test" }));
    expect(status).toBe(200);
    const offered = [...html.matchAll(/<button name="account" value="([^"]+)"/g)].map((match) => match[1]);
    expect(offered[0]).toBe("clerk@reseller.test");
    expect(offered).toHaveLength(4);
    expect(html).toContain("CSP &amp; &lt;connector&gt;");
    expect(html).toMatch(/<html lang="en">[\s\S]*<main>[\s\S]*<h1>/);
    expect(html).not.toContain("<script");
  });

  test("offers everybody at common, and finds a directory by its verified domain", async () => {
    expect((await browse(authorizeUrl(entra, {}, "common"))).html).toContain("owner@customer.test");
    const byDomain = await browse(authorizeUrl(entra, {}, "RESELLER.test"));
    expect(byDomain.html).toContain(agent);
    expect(byDomain.html).not.toContain("owner@customer.test");
  });
});

describe("a sign-in", () => {
  test("goes from account to consent to the app, step by step", async () => {
    const url = authorizeUrl(entra);
    const consent = await browse(url, { account: agent });
    expect(consent.html).toContain(partnerCenterScope);
    expect(consent.html).toContain(`<input type="hidden" name="account" value="${agent}">`);
    const back = await browse(url, { account: agent, consent: "accept" });
    expect(back.status).toBe(302);
    expect(`${back.location?.origin}${back.location?.pathname}`).toBe(redirectUri);
    expect(back.location?.searchParams.get("state")).toBe("a state & more=");
    expect(back.location?.searchParams.get("session_state")).toMatch(/^[0-9a-f-]{36}$/);
    const { status } = await token(entra, reseller, codeForm(text(back.location?.searchParams.get("code"))));
    expect(status).toBe(200);
  });

  test("remembers the consent of an account, and asks the next account again", async () => {
    const url = authorizeUrl(entra);
    await browse(url, { account: agent, consent: "accept" });
    expect((await browse(url, { account: agent })).status).toBe(302);
    expect((await browse(url, { account: "nomfa@reseller.test" })).html).toContain("Permissions requested");
    const forced = await browse(authorizeUrl(entra, { prompt: "consent" }), { account: agent });
    expect(forced.html).toContain("Permissions requested");
  });

  test("an administrator may consent for the whole organization", async () => {
    const url = authorizeUrl(entra);
    await browse(url, { account: agent, consent: "accept", orgwide: "true" });
    expect((await browse(url, { account: "clerk@reseller.test" })).status).toBe(302);
  });

  test("comes back declined with 65004", async () => {
    const { location } = await browse(authorizeUrl(entra), { account: agent, consent: "decline" });
    expect(Object.fromEntries(location!.searchParams)).toMatchObject({
      error: "access_denied",
      error_subcode: "cancel",
      error_description: expect.stringContaining("AADSTS65004") as string,
      state: "a state & more=",
    });
  });

  test("of a user who is no administrator ends with 90094 where one is needed", async () => {
    const url = authorizeUrl(entra);
    const page = await browse(url, { account: "clerk@reseller.test" });
    expect(page).toMatchObject({ status: 200, html: expect.stringContaining("Need admin approval") as string });
    for (const consent of ["accept", "decline"]) {
      const { location } = await browse(url, { account: "clerk@reseller.test", consent });
      expect(location?.searchParams.get("error")).toBe("access_denied");
      expect(location?.searchParams.get("error_description")).toContain("AADSTS90094");
    }
    await control(entra, "PATCH", `directories/${reseller}`, { userConsent: "all" });
    const allowed = await browse(url, { account: "clerk@reseller.test", consent: "accept" });
    expect(allowed.location?.searchParams.get("code")).toBeTruthy();
  });

  test("may be answered by form post, in a page that needs no script", async () => {
    const url = authorizeUrl(entra, { response_mode: "form_post", state: `"><script>` });
    const { status, html } = await browse(url, { account: agent, consent: "accept" });
    expect(status).toBe(200);
    expect(html).toContain(`<form method="post" action="${redirectUri}">`);
    expect(html).toContain(`name="state" value="&quot;&gt;&lt;script&gt;"`);
    expect(html).toContain("<button>Continue</button>");
    const code = /name="code" value="([^"]+)"/.exec(html)?.[1];
    expect((await token(entra, reseller, codeForm(text(code)))).status).toBe(200);
  });

  test("keeps the query of the registered address", async () => {
    const url = authorizeUrl(entra, { redirect_uri: "https://app.example/cb?fixed=1" });
    const { location } = await browse(url, { account: agent, consent: "accept" });
    expect(location?.searchParams.get("fixed")).toBe("1");
    expect(location?.searchParams.get("code")).toBeTruthy();
  });

  test("takes any port of plain http on loopback, as the real service does", async () => {
    const other = redirectUri.replace("7071", "49321");
    const { location } = await browse(authorizeUrl(entra, { redirect_uri: other }), {
      account: agent,
      consent: "accept",
    });
    expect(location?.port).toBe("49321");
  });

  test("asks for enrolment where the directory demands MFA", async () => {
    await control(entra, "PATCH", `directories/${reseller}`, { requireMfa: true });
    const { location } = await browse(authorizeUrl(entra), { account: "nomfa@reseller.test", consent: "accept" });
    expect(location?.searchParams.get("error")).toBe("interaction_required");
    expect(location?.searchParams.get("error_description")).toContain("AADSTS50079");
    expect(claimsOf(await signIn(entra, agent))["amr"]).toContain("mfa");
  });

  test("works at the older endpoint, which names a resource", async () => {
    const url = authorizeUrl(entra, { scope: undefined, resource: partnerCenter }).replace("/v2.0/", "/");
    const { location } = await browse(url, { account: agent, consent: "accept" });
    const form = { ...codeForm(text(location?.searchParams.get("code"))), scope: "", resource: partnerCenter };
    const { body } = await token(entra, reseller, form, { path: "oauth2/token" });
    expect(claimsOf(body)).toMatchObject({ aud: partnerCenter, scp: "user_impersonation" });
    expect(body).toHaveProperty("id_token");
  });
});

describe("a session", () => {
  test("signs the same browser in again without a question, until it is signed out or revoked", async () => {
    const { cookie } = await browse(authorizeUrl(entra), { account: agent, consent: "accept" });
    const again = await browse(authorizeUrl(entra), undefined, cookie);
    expect(again.location?.searchParams.get("code")).toBeTruthy();
    expect(
      (await browse(authorizeUrl(entra, { prompt: "none" }), undefined, cookie)).location?.searchParams.get("code"),
    ).toBeTruthy();
    for (const prompt of ["login", "select_account"]) {
      expect((await browse(authorizeUrl(entra, { prompt }), undefined, cookie)).html).toContain("Pick an account");
    }
    const other = await browse(authorizeUrl(entra, { login_hint: "clerk@reseller.test" }), undefined, cookie);
    expect(other.html).toContain("Pick an account");
    await control(entra, "POST", `accounts/${agent}/revoke-sessions`);
    expect((await browse(authorizeUrl(entra), undefined, cookie)).html).toContain("Pick an account");
  });

  test("ends with a sign-out", async () => {
    const { cookie } = await browse(authorizeUrl(entra), { account: agent, consent: "accept" });
    const out = await browse(`${entra.url}/${reseller}/oauth2/v2.0/logout`, undefined, cookie);
    expect(out.html).toContain("signed out");
    expect((await browse(authorizeUrl(entra), undefined, cookie)).html).toContain("Pick an account");
  });

  test("is needed by prompt=none, which never shows a page", async () => {
    const { location } = await browse(authorizeUrl(entra, { prompt: "none" }));
    expect(location?.searchParams.get("error")).toBe("login_required");
    const { cookie } = await browse(authorizeUrl(entra), { account: agent, consent: "accept" });
    const unconsented = authorizeUrl(entra, { prompt: "none", scope: `${graph}/Directory.Read.All` });
    const refused = await browse(unconsented, undefined, cookie);
    expect(refused.location?.searchParams.get("error")).toBe("consent_required");
  });
});

describe("a request that cannot be trusted is refused on a page and never redirected", () => {
  const refused: [code: number, when: string, url: () => string][] = [
    [50011, "the address is not registered", () => authorizeUrl(entra, { redirect_uri: "https://evil.example/" })],
    [
      50011,
      "the path differs on loopback",
      () => authorizeUrl(entra, { redirect_uri: "http://localhost:7071/app/Other" }),
    ],
    [
      50011,
      "the host only starts alike",
      () => authorizeUrl(entra, { redirect_uri: redirectUri.replace(":7071", ":70@evil.example") }),
    ],
    [900144, "the address is missing", () => authorizeUrl(entra, { redirect_uri: undefined })],
    [900144, "the app is not named", () => authorizeUrl(entra, { client_id: undefined })],
    [700016, "the app is unknown", () => authorizeUrl(entra, { client_id: customer })],
    [
      700016,
      "a single-tenant app visits another directory",
      () => authorizeUrl(entra, { client_id: singleTenantApp }, customer),
    ],
    [50194, "a single-tenant app uses common", () => authorizeUrl(entra, { client_id: singleTenantApp }, "common")],
    [90002, "the tenant is unknown", () => authorizeUrl(entra, {}, "nowhere.example")],
    [70051, "the response mode is unknown", () => authorizeUrl(entra, { response_mode: "pigeon" })],
  ];
  test.each(refused)("%i when %s", async (code, _when, url) => {
    const { status, html, location } = await browse(url());
    expect({ status, location }).toEqual({ status: 400, location: undefined });
    expect(html).toContain(`AADSTS${code}`);
  });

  test.each([
    [50020, "owner@customer.test"],
    [50034, "nobody@reseller.test"],
    [50057, "gone@reseller.test"],
  ])("%i for the account %s", async (code, account) => {
    const { status, html } = await browse(authorizeUrl(entra), { account, consent: "accept" });
    expect(status).toBe(400);
    expect(html).toContain(`AADSTS${code}`);
  });
});

describe("a request that is wrong otherwise is sent back to the app", () => {
  const sentBack: [code: number, error: string, changes: Record<string, string | undefined>][] = [
    [700054, "unsupported_response_type", { response_type: "token" }],
    [900144, "invalid_request", { response_type: undefined }],
    [900144, "invalid_request", { scope: undefined }],
    [28000, "invalid_request", { scope: `${partnerCenterScope} ${graph}/User.Read` }],
    [500011, "invalid_resource", { scope: "https://nothing.example/.default" }],
    [70011, "invalid_scope", { scope: `${partnerCenter}/everything` }],
    [501491, "invalid_request", { code_challenge: "short" }],
    [501491, "invalid_request", { code_challenge: challenge, code_challenge_method: "MD5" }],
  ];
  test.each(sentBack)("%i %s", async (code, error, changes) => {
    const { location } = await browse(authorizeUrl(entra, changes));
    expect(location?.searchParams.get("error")).toBe(error);
    expect(location?.searchParams.get("error_description")).toContain(`AADSTS${code}:`);
    expect(location?.searchParams.get("state")).toBe("a state & more=");
  });
});

test("users may consent to an app of low impact themselves", async () => {
  const url = authorizeUrl(entra, { scope: "User.Read openid offline_access" });
  const { location } = await browse(url, { account: "clerk@reseller.test", consent: "accept" });
  const form = { ...codeForm(text(location?.searchParams.get("code"))), scope: "User.Read offline_access" };
  const { body } = await token(entra, reseller, form);
  expect(body["scope"]).toBe("openid User.Read");
  expect(claimsOf(body)).toMatchObject({ aud: graph, appid: cspApp });
});
