import { accountId, mspTenant } from "../../local/presets/tenants";
import { tenantApp } from "../../local/presets/demo-apps";
import { deleteFromVault, eventually, expectProblem, startWorld, type World } from "./platform-fixture";
import { addedTenant, addReseller, authorizedReseller, connectedTenant, grantScope } from "./steps";
import { itemsIn } from "./wire";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const summary = async (as: "admin" | "reader" = "admin"): Promise<unknown> =>
  (await world.send("GET", "/api/v1/csp/summary", { as })).body;

describe("what the module holds (C1)", () => {
  test("an empty module counts nothing", async () => {
    expect(await summary()).toEqual({
      resellers: { total: 0, authorized: 0, needingAttention: 0 },
      tenants: { total: 0, connected: 0, notConnected: 0, degraded: 0 },
    });
  });

  test("resellers and tenants are counted by their state", async () => {
    const id = await authorizedReseller(world);
    await addReseller(world, "northgate");
    await connectedTenant(world, id, "mueller");
    await addedTenant(world, "baeckerei");
    const counted = { total: 2, connected: 1, notConnected: 1, degraded: 0 };
    // Both tenants come into the list across tenants in their own time.
    const found = await eventually(summary, (body) => {
      const { total, connected } = (body as { tenants: typeof counted }).tenants;
      return total === 2 && connected === 1;
    });
    expect(found).toEqual({ resellers: { total: 2, authorized: 1, needingAttention: 1 }, tenants: counted });
  });

  test("tenants outside of the caller's scope are not counted", async () => {
    expect(await summary("reader")).toMatchObject({ tenants: { total: 0 } });
    const [connected] = itemsIn(await world.send("GET", "/api/v1/csp/tenants?state=Connected"));
    const reader = `${mspTenant.tenantId}_${accountId(mspTenant, "reader")}`;
    await grantScope(world, reader, { kind: "some", customerIds: [], tenantIds: [connected?.["tenantId"]] });
    expect(await summary("reader")).toMatchObject({ tenants: { total: 1, connected: 1, notConnected: 0 } });
  });
});

describe("before a reseller is added (C4, C5)", () => {
  const domains = (query = "") => world.send("GET", `/api/v1/csp/reseller-domains${query}`);

  test("the verified domains of the MSP's own directory are suggested, and searched", async () => {
    const own = { domain: mspTenant.domain, isDefault: true, isInitial: true };
    expect((await domains()).body).toEqual({ value: [own] });
    expect(itemsIn(await domains("?search=NORDLICHT-msp"))).toEqual([own]);
    expect(itemsIn(await domains("?search=fabrikam"))).toEqual([]);
  });

  test("the redirect URI is that of this installation, and works as it is", async () => {
    const { body } = await world.send("GET", "/api/v1/csp/app-registration-info", { as: "reader" });
    const { redirectUri, steps } = body as { redirectUri: string; steps: { id: string; detail: string }[] };
    expect(redirectUri).toBe(`${world.platform.apiUrl}/app/MicrosoftCspAuthenticationCallback`);
    expect((await world.send("GET", redirectUri, { as: "nobody" })).status).toBe(400);
    expect(steps.map(({ id }) => id)).toEqual([
      ...["registerApplication", "createSecret", "addRedirectUri", "addPermission", "prepareAccount"],
      "grantCustomerAccess",
    ]);
    expect(steps[2]?.detail).toContain(redirectUri);
  });

  test("without an answer of Microsoft's services nothing is suggested (upstreamError)", async () => {
    await world.control("entra", "POST", "/faults", { route: "token", status: 503, retryAfterSeconds: 30 });
    expectProblem(await domains(), 503, "upstreamError");
    await world.control("entra", "DELETE", "/faults");
  });

  test("without the MSP's own consent the domain is typed in (consentRequired)", async () => {
    const consent = `/directories/${mspTenant.tenantId}/consents/${tenantApp.appId}`;
    await world.control("entra", "DELETE", consent);
    expectProblem(await domains(), 409, "consentRequired");
    await world.control("entra", "PUT", consent, { permissions: [".default"] });
    expect((await domains()).status).toBe(200);
  });

  test.each([
    { status: 403, code: "secretsForbidden" },
    { status: 503, code: "secretsUnavailable" },
  ])("without the key vault there is no token to ask with: $code", async ({ status, code }) => {
    // A host that was just started remembers no secret.
    await world.platform.host?.restart();
    await world.control("keyVault", "POST", "/faults", { status, retryAfterSeconds: 0, times: null });
    const refused = await domains();
    await world.control("keyVault", "DELETE", "/faults");
    expectProblem(refused, 503, code);
  });

  test("without the secret of the tenant application there is none either (tenantAppNotUsable)", async () => {
    await deleteFromVault(world, "tenant-app");
    expectProblem(await domains(), 503, "tenantAppNotUsable");
  });
});
