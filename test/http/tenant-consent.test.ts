import { signInAt } from "../../local/demo/entra-browser";
import { tenantApp } from "../../local/presets/demo-apps";
import { customerTenants } from "../../local/presets/tenants";
import { anyText, listWith, textLike } from "./matchers";
import { expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { addReseller, consent, registeredTenant, startAuthorization, startConsent } from "./steps";
import { itemsIn, request, textIn, type Answer } from "./wire";

const CALLBACK = "/app/TenantConsentCallback";
const { harbour, pennine } = customerTenants;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await registeredTenant(world, "harbour");
});
afterAll(() => world.close());

const stateOf = (tenantId: string = harbour.tenantId): Promise<Answer> =>
  world.send("GET", `/api/v1/csp/tenants/${tenantId}/consent`);
const start = (body: unknown, tenantId: string = harbour.tenantId): Promise<Answer> =>
  world.send("POST", `/api/v1/csp/tenants/${tenantId}/consent`, { body });
const done = (outcome: string): string => `${world.platform.apiUrl}/done?${outcome}`;
const openCallback = (query: string, cookie?: string): Promise<Answer> =>
  request(`${world.platform.apiUrl}${CALLBACK}${query}`, "GET", cookie === undefined ? {} : { headers: { cookie } });

describe("starting a tenant's consent (C22)", () => {
  test("the answer says where an administrator consents, and binds the browser with a cookie", async () => {
    const started = await start({ returnTo: done("") });
    expect(started.status).toBe(200);
    expect((Date.parse(textIn(started, "expiresAt")) - Date.now()) / 60_000).toBeCloseTo(10, 0);
    const url = new URL(textIn(started, "consentUrl"));
    expect(url.href).toContain(`${world.platform.entra.url}/${harbour.tenantId}/v2.0/adminconsent?`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: tenantApp.appId,
      scope: "https://graph.microsoft.com/.default",
      redirect_uri: `${world.platform.apiUrl}${CALLBACK}`,
      state: textLike(/^[\w-]{43}$/),
    });
    expect(started.headers.getSetCookie()).toEqual([
      textLike(/^csp_authorization=[\w-]{43}; Path=\/app; Expires=[^;]+; HttpOnly; SameSite=Lax$/),
    ]);
  });

  test("the browser is never sent to an address that is not ours (returnToNotAllowed)", async () => {
    const refused = await start({ returnTo: "https://evil.example/" });
    expectProblem(refused, 400, "returnToNotAllowed");
    expect(pointersOf(refused)).toEqual(["/body/returnTo"]);
  });

  test("a tenant nobody registered is not found", async () => {
    expectProblem(await start({ returnTo: done("") }, pennine.tenantId), 404, "notFound");
    expectProblem(await stateOf(pennine.tenantId), 404, "notFound");
  });
});

describe("coming back from a consent that was not given (C22)", () => {
  const landingOf = async (choice: Parameters<typeof consent>[2]): Promise<string> =>
    (await consent(world, "harbour", choice)).url.href;

  test("a declined consent is accessDenied", async () => {
    expect(await landingOf({ consent: "decline" })).toBe(done("error=accessDenied"));
  });

  test("somebody who may not consent for the directory is accessDenied", async () => {
    expect(await landingOf({ account: `user@${harbour.domain}` })).toBe(done("error=accessDenied"));
  });

  test("a consent given in another directory is tenantMismatch", async () => {
    const started = await startConsent(world, harbour.tenantId);
    const elsewhere = started.address.replace(harbour.tenantId, pennine.tenantId);
    const landing = await signInAt(elsewhere, { account: `admin@${pennine.domain}` }, started.cookie, world.fetch);
    expect(landing.url.href).toBe(done("error=tenantMismatch"));
  });

  test("a redirect that only claims the consent proves nothing", async () => {
    const started = await startConsent(world, harbour.tenantId);
    const state = new URL(started.address).searchParams.get("state") ?? "";
    const answer = await openCallback(`?admin_consent=True&tenant=${harbour.tenantId}&state=${state}`, started.cookie);
    expect(answer.headers.get("location")).toBe(done("error=tenantMismatch"));
  });

  test("while Microsoft's token service is away nothing can be proved (upstreamError)", async () => {
    await world.control("entra", "POST", "/faults", { route: "token", status: 503, retryAfterSeconds: 30 });
    expect(await landingOf({})).toBe(done("error=upstreamError"));
  });

  test("after all of these the tenant still needs consent (C21)", async () => {
    expect((await stateOf()).body).toEqual({ state: "NeedsConsent", permissions: [] });
  });

  test("each failure is in the tenant's audit log, with its reason", async () => {
    const log = await world.send(
      "GET",
      `/api/v1/csp/tenants/${harbour.tenantId}/audit-logs?action=tenant.consent.fail`,
    );
    expect(itemsIn(log).map(({ errorCode }) => errorCode)).toEqual([
      ...["upstreamError", "tenantMismatch", "tenantMismatch", "accessDenied", "accessDenied"],
    ]);
  });
});

describe("a callback nobody waits for (stateExpired)", () => {
  const expectExpired = ({ status, headers, text }: Answer): void => {
    expect({ status, type: headers.get("content-type") }).toEqual({ status: 400, type: "text/html; charset=utf-8" });
    expect(text).toContain("This sign-in has expired or was used already");
  };
  const stateIn = (address: string): string => new URL(address).searchParams.get("state") ?? "";

  test("an unknown state, and the state of a reseller's sign-in, show a plain page", async () => {
    expectExpired(await openCallback("?state=made-up&admin_consent=True", "csp_authorization=made-up"));
    const { address, cookie } = await startAuthorization(world, await addReseller(world, "nordlicht"));
    expectExpired(await openCallback(`?state=${stateIn(address)}&admin_consent=True`, cookie));
  });

  test("another browser cannot finish it, and it is used once", async () => {
    const { address, cookie } = await startConsent(world, harbour.tenantId);
    const query = `?state=${stateIn(address)}&error=access_denied`;
    expectExpired(await openCallback(query));
    expect((await openCallback(query, cookie)).status).toBe(303);
    expectExpired(await openCallback(query, cookie));
  });

  test("after ten minutes it is too late", async () => {
    const { address, cookie } = await startConsent(world, harbour.tenantId);
    await world.platform.advance(10.5 * 60_000);
    expectExpired(await openCallback(`?state=${stateIn(address)}&admin_consent=True`, cookie));
  });
});

describe("a consent that is given (C22, C21)", () => {
  test("the tenant is consented with the permissions that were given", async () => {
    expect((await consent(world, "harbour")).url.href).toBe(done("status=consented"));
    expect((await stateOf()).body).toEqual({
      state: "Consented",
      permissions: listWith(["Organization.Read.All", "LicenseAssignment.Read.All"]),
      at: anyText,
    });
  });
});
