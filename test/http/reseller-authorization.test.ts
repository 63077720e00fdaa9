import { signInAt } from "../../local/demo/entra-browser";
import { cookieOf } from "../../local/demo/load-demo-data";
import { resellerApps } from "../../local/presets/demo-apps";
import { resellerTenants } from "../../local/presets/tenants";
import { fieldsWith, textLike, textWithout } from "./matchers";
import { deleteFromVault, expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { addReseller, authorizeReseller, refreshTokens } from "./steps";
import { textIn } from "./wire";

const { nordlicht } = resellerTenants;

let world: World;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  id = await addReseller(world, "nordlicht");
});
afterAll(() => world.close());

const start = (resellerId: string, body: Record<string, unknown>): ReturnType<World["send"]> =>
  world.send("POST", `/api/v1/csp/resellers/${resellerId}/authorization`, { body });
const returnTo = (): string => `${world.platform.apiUrl}/done`;

describe("starting (C8)", () => {
  test("the answer says where to sign in and until when, and binds the browser with a cookie", async () => {
    const started = await start(id, { returnTo: returnTo() });
    expect(started.status).toBe(200);
    const minutes = (Date.parse(textIn(started, "expiresAt")) - Date.now()) / 60_000;
    expect(minutes).toBeCloseTo(10, 0);
    const url = new URL(textIn(started, "authorizeUrl"));
    expect(url.origin).toBe(world.platform.entra.url);
    expect(url.pathname).toBe(`/${nordlicht.tenantId}/oauth2/v2.0/authorize`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ client_id: resellerApps.nordlicht.appId, response_type: "code", code_challenge_method: "S256" },
      redirect_uri: `${world.platform.apiUrl}/app/MicrosoftCspAuthenticationCallback`,
      state: textLike(/^[\w-]{43}$/),
      code_challenge: textLike(/^[\w-]{43}$/),
    });
    const [cookie = ""] = started.headers.getSetCookie();
    expect(cookie).toMatch(/^csp_authorization=[\w-]{43}; Path=\/app; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
    expect(url.href).not.toContain(cookieOf(started.headers).slice("csp_authorization=".length));
  });

  test("a re-authorisation before the first authorisation is refused (notYetAuthorized)", async () => {
    expectProblem(await start(id, { returnTo: returnTo(), reauthorize: true }), 409, "notYetAuthorized");
  });

  test("the browser is never sent to an address that is not ours (returnToNotAllowed)", async () => {
    for (const address of ["https://evil.example/done", returnTo().replace("localhost", "localhost.evil.example")]) {
      const refused = await start(id, { returnTo: address });
      expectProblem(refused, 400, "returnToNotAllowed");
      expect(pointersOf(refused)).toEqual(["/body/returnTo"]);
      expect(refused.headers.getSetCookie()).toEqual([]);
    }
    expectProblem(await start(id, { returnTo: "javascript:alert(1)" }), 400, "validation");
  });

  test("without the application's secret nobody is sent to sign in (secretInvalid)", async () => {
    const lost = await addReseller(world, "northgate");
    const stored = world.platform.keyVault.everStored().find(({ name }) => name.startsWith(`reseller-${lost}-app-`));
    await deleteFromVault(world, stored!.name);
    expectProblem(await start(lost, { returnTo: returnTo() }), 409, "secretInvalid");
  });
});

describe("coming back (C10)", () => {
  test("an Admin agent who signs in with MFA authorises the reseller", async () => {
    const landing = await authorizeReseller(world, id);
    expect({ status: landing.status, address: landing.url.href }).toEqual({
      status: 303,
      address: `${returnTo()}?status=authorized`,
    });
    const { body } = await world.send("GET", `/api/v1/csp/resellers/${id}`);
    expect(body).toMatchObject({ state: "Authorized", authorizedBy: `admin@${nordlicht.domain}` });
    expect(refreshTokens(world, id)).toMatchObject([{ enabled: true }]);
  });

  test("the browser comes back to the very address it was started from, with the outcome added", async () => {
    const started = await start(id, { returnTo: `${returnTo()}?tab=basics#prices`, reauthorize: true });
    const choice = { account: `admin@${nordlicht.domain}` };
    const landing = await signInAt(textIn(started, "authorizeUrl"), choice, cookieOf(started.headers), world.fetch);
    expect(landing.url.href).toBe(`${returnTo()}?tab=basics&status=authorized#prices`);
  });

  test("a re-authorisation replaces the token in the vault and destroys the one before", async () => {
    const former = refreshTokens(world, id).at(-1)!;
    const landing = await authorizeReseller(world, id, { reauthorize: true });
    expect(landing.url.searchParams.get("status")).toBe("authorized");
    const [replaced, current] = refreshTokens(world, id).slice(-2);
    expect(replaced).toMatchObject({ name: former.name, enabled: false });
    expect(current).toMatchObject({ name: textWithout(former.name), enabled: true });
    expect(world.platform.keyVault.calls()).toContainEqual(
      fieldsWith({ operation: "deleteSecret", name: former.name, status: 200 }),
    );
  });

  test("calls are made with the new authorisation at once, though the account before may do nothing any more", async () => {
    const account = `globaladmin@${nordlicht.domain}`;
    await world.control("simulator", "PATCH", `/partners/${nordlicht.tenantId}`, { adminAgents: [account] });
    const landing = await authorizeReseller(world, id, { account, reauthorize: true });
    expect(landing.url.searchParams.get("status")).toBe("authorized");
    await world.control("entra", "PATCH", `/accounts/admin@${nordlicht.domain}`, { disabled: true });
    expect((await world.send("GET", `/api/v1/csp/resellers/${id}/customers`)).status).toBe(200);
    expect((await world.send("GET", `/api/v1/csp/resellers/${id}`)).body).toMatchObject({ authorizedBy: account });
  });
});
