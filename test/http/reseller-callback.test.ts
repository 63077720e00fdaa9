import { resellerApps } from "../../local/presets/demo-apps";
import { resellerTenants } from "../../local/presets/tenants";
import { startWorld, type World } from "./platform-fixture";
import {
  authorizedReseller,
  authorizeReseller,
  refreshTokens,
  startAuthorization,
  startConsent,
  registeredTenant,
} from "./steps";
import { request, type Answer } from "./wire";

const CALLBACK = "/app/MicrosoftCspAuthenticationCallback";
const { nordlicht, northgate } = resellerTenants;
const account = (name: string): string => `${name}@${nordlicht.domain}`;
const consents = `/directories/${nordlicht.tenantId}/consents/${resellerApps.nordlicht.appId}`;
const secrets = `/apps/${resellerApps.nordlicht.appId}/secrets`;

let world: World;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  id = await authorizedReseller(world);
});
afterAll(() => world.close());

const entra = (method: string, path: string, body?: unknown): Promise<unknown> =>
  world.control("entra", method, path, body);
const partnerCenterRefuses = (route: string, status: number, code: string): Promise<unknown> =>
  world.control("simulator", "POST", "/faults", { kind: "errorBefore", route, status, code });

describe("a sign-in that fails (C10)", () => {
  interface Failure {
    code: string;
    when: string;
    disturb?: () => Promise<unknown>;
    restore?: () => Promise<unknown>;
    choice?: Parameters<typeof authorizeReseller>[2];
  }

  const failures: Failure[] = [
    {
      code: "accessDenied",
      when: "the consent is declined",
      disturb: () => entra("DELETE", consents),
      restore: () => entra("PUT", consents, { permissions: [".default"] }),
      choice: { consent: "decline" },
    },
    { code: "mfaRequired", when: "the account signs in without MFA", choice: { account: account("nomfa") } },
    {
      code: "secretInvalid",
      when: "the application's secret is no longer the right one",
      disturb: () => entra("DELETE", secrets),
      restore: () => entra("POST", secrets, { value: resellerApps.nordlicht.secret }),
    },
    {
      code: "notAdminAgent",
      when: "a Global Administrator is no Admin agent",
      choice: { account: account("globaladmin") },
    },
    {
      code: "notPartner",
      when: "the directory is no partner account",
      disturb: () => partnerCenterRefuses("getOrganizationProfile", 403, "900999"),
    },
    {
      code: "cannotTransact",
      when: "the partner may not sell",
      disturb: () => partnerCenterRefuses("listCustomers", 403, "900123"),
    },
    {
      code: "tenantMismatch",
      when: "Partner Center shows another partner than the reseller's directory",
      disturb: () => showPartnerAs(northgate.tenantId),
      restore: () => showPartnerAs(nordlicht.tenantId),
    },
    {
      code: "upstreamError",
      when: "Microsoft's token service is away",
      disturb: () => entra("POST", "/faults", { route: "token", status: 503 }),
    },
  ];

  test.each(failures)("$code: $when; the former authorisation stays", async ({ code, disturb, restore, choice }) => {
    const before = (await world.send("GET", `/api/v1/csp/resellers/${id}`)).body;
    const grants = refreshTokens(world, id);
    await disturb?.();
    const landing = await authorizeReseller(world, id, { reauthorize: true, ...choice });
    await restore?.();
    expect({ status: landing.status, address: landing.url.href }).toEqual({
      status: 303,
      address: `${world.platform.apiUrl}/done?error=${code}`,
    });
    expect((await world.send("GET", `/api/v1/csp/resellers/${id}`)).body).toEqual(before);
    expect(refreshTokens(world, id)).toEqual(grants);
  });

  test("adminConsentRequired: the consent is withdrawn before the code is exchanged", async () => {
    const started = await startAuthorization(world, id, { reauthorize: true });
    const callback = await callbackOf(started.address);
    await entra("DELETE", consents);
    const answer = await openCallback(callback, started.cookie);
    await entra("PUT", consents, { permissions: [".default"] });
    expect(answer.headers.get("location")).toBe(`${world.platform.apiUrl}/done?error=adminConsentRequired`);
  });

  test("after all of these the former authorisation still works", async () => {
    expect((await world.send("GET", `/api/v1/csp/resellers/${id}/customers`)).status).toBe(200);
  });
});

describe("a callback nobody waits for (stateExpired)", () => {
  test("an unknown state, and none at all, show a plain page without detail", async () => {
    for (const query of ["?state=made-up&code=made-up", "?error=access_denied", ""]) {
      expectExpired(await openCallback(`${world.platform.apiUrl}${CALLBACK}${query}`, "csp_authorization=made-up"));
    }
  });

  test("a sign-in can be used once; the second time its code is not even exchanged", async () => {
    const started = await startAuthorization(world, id, { reauthorize: true });
    const callback = await callbackOf(started.address);
    expect((await openCallback(callback, started.cookie)).status).toBe(303);
    const grants = refreshTokens(world, id);
    expectExpired(await openCallback(callback, started.cookie));
    expect(refreshTokens(world, id)).toEqual(grants);
  });

  test("of two callbacks at the same moment one is taken", async () => {
    const started = await startAuthorization(world, id, { reauthorize: true });
    const callback = await callbackOf(started.address);
    const both = await Promise.all([openCallback(callback, started.cookie), openCallback(callback, started.cookie)]);
    expect(both.map(({ status }) => status).sort()).toEqual([303, 400]);
  });

  test("another browser cannot finish it, and the right one still can", async () => {
    const started = await startAuthorization(world, id, { reauthorize: true });
    const other = await startAuthorization(world, id, { reauthorize: true });
    const callback = await callbackOf(started.address);
    expectExpired(await openCallback(callback, other.cookie));
    expectExpired(await openCallback(callback, undefined));
    expect((await openCallback(callback, started.cookie)).headers.get("location")).toMatch(/status=authorized$/);
  });

  test("the state of a tenant's consent is none of this callback's", async () => {
    const { address, cookie } = await startConsent(world, await registeredTenant(world, "harbour"));
    const state = new URL(address).searchParams.get("state") ?? "";
    expectExpired(await openCallback(`${world.platform.apiUrl}${CALLBACK}?state=${state}&code=x`, cookie));
  });

  test("after ten minutes it is too late", async () => {
    const started = await startAuthorization(world, id, { reauthorize: true });
    const inTime = await startAuthorization(world, id, { reauthorize: true });
    await world.platform.advance(9.5 * 60_000);
    expect((await openCallback(await callbackOf(inTime.address), inTime.cookie)).status).toBe(303);
    await world.platform.advance(60_000);
    expectExpired(await openCallback(await callbackOf(started.address), started.cookie));
  });
});

/** Signs in, and stops where the browser would follow the redirect to our callback. */
async function callbackOf(address: string): Promise<string> {
  const form = new URLSearchParams({ account: account("admin"), consent: "accept" });
  const response = await fetch(address, { method: "POST", body: form, redirect: "manual" });
  return response.headers.get("location") ?? "";
}

const openCallback = (address: string, cookie: string | undefined): Promise<Answer> =>
  request(address, "GET", cookie === undefined ? {} : { headers: { cookie } });

function expectExpired({ status, headers, text }: Answer): void {
  expect({ status, type: headers.get("content-type") }).toEqual({ status: 400, type: "text/html; charset=utf-8" });
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(text).toContain("This sign-in has expired or was used already");
  expect(text).not.toMatch(/made-up|access_denied|error/i);
}

function showPartnerAs(tenantId: string): Promise<void> {
  const partner = world.platform.simulator.simulation.world.partners.get(nordlicht.tenantId);
  partner!.tenantId = tenantId;
  return Promise.resolve();
}
