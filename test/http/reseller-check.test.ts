import { resellerApps } from "../../local/presets/demo-apps";
import { resellerTenants } from "../../local/presets/tenants";
import { expectProblem, rowsOf, startWorld, type World } from "./platform-fixture";
import { addReseller, authorizedReseller, authorizeReseller } from "./steps";
import type { Answer } from "./wire";

const { nordlicht } = resellerTenants;

let world: World;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  id = await authorizedReseller(world);
});
afterAll(() => world.close());

const check = (resellerId = id, key?: string): Promise<Answer> =>
  world.send("POST", `/api/v1/csp/resellers/${resellerId}/check`, key ? { key } : {});

interface Finding {
  name: string;
  result: string;
  detail: string;
  remedy?: string;
}
const findingsIn = ({ body }: Answer): Finding[] => (body as { findings: Finding[] }).findings;
const resultsIn = (answer: Answer): Record<string, string> =>
  Object.fromEntries(findingsIn(answer).map(({ name, result }) => [name, result]));
const ALL_WELL = {
  ...{ applicationSecret: "pass", refreshToken: "pass", mfa: "pass", adminAgents: "pass" },
  ...{ appOnly: "pass", priceList: "pass" },
};

describe("trying out what a reseller needs (C66)", () => {
  test("everything is tried at Microsoft, and what does not work comes with a remedy", async () => {
    const first = await check();
    expect(first.status).toBe(200);
    expect(resultsIn(first)).toEqual({ ...ALL_WELL, applicationSecret: "warn" });
    const secret = findingsIn(first).find(({ name }) => name === "applicationSecret");
    expect(secret?.remedy).toMatch(/Enter the day/);
    const etag = (await world.send("GET", `/api/v1/csp/resellers/${id}`)).headers.get("etag") ?? "";
    const secretExpiresAt = new Date(Date.now() + 400 * 86_400_000).toISOString();
    await world.send("PATCH", `/api/v1/csp/resellers/${id}`, {
      ...{ body: { secretExpiresAt }, headers: { "if-match": etag } },
    });
    const second = await check();
    expect(resultsIn(second)).toEqual(ALL_WELL);
    expect(findingsIn(second).filter(({ remedy }) => remedy !== undefined)).toEqual([]);
  });

  test("it leaves an entry in the audit log, and repeated it answers what was found then", async () => {
    const recorded = async (): Promise<number> =>
      (await rowsOf(world, "state")).filter(({ body0 }) => String(body0).includes('"reseller.check"')).length;
    const before = await recorded();
    const first = await check(id, "check-once");
    await world.control("simulator", "PATCH", `/partners/${nordlicht.tenantId}`, { appIds: [] });
    expect((await check(id, "check-once")).body).toEqual(first.body);
    expect(await recorded()).toBe(before + 1);
  });

  test("an application nobody registered in Partner Center may not act alone: a warning", async () => {
    const answer = await check();
    expect(resultsIn(answer)).toEqual({ ...ALL_WELL, appOnly: "warn" });
    expect(findingsIn(answer).find(({ name }) => name === "appOnly")?.remedy).toMatch(/App management/);
    await world.control("simulator", "PATCH", `/partners/${nordlicht.tenantId}`, {
      appIds: [resellerApps.nordlicht.appId],
    });
  });

  test("an account that left the group AdminAgents is found", async () => {
    await world.control("simulator", "PATCH", `/partners/${nordlicht.tenantId}`, { adminAgents: [] });
    const answer = await check();
    expect(resultsIn(answer)).toMatchObject({ applicationSecret: "pass", refreshToken: "pass", adminAgents: "fail" });
    expect(findingsIn(answer).find(({ name }) => name === "adminAgents")?.remedy).toMatch(/AdminAgents/);
    await world.control("simulator", "PATCH", `/partners/${nordlicht.tenantId}`, {
      adminAgents: [`admin@${nordlicht.domain}`],
    });
  });

  test("a sign-in that Partner Center finds no MFA in is found", async () => {
    const fault = { kind: "errorBefore", route: "getOrganizationProfile", status: 401, code: "900421" };
    await world.control("simulator", "POST", "/faults", fault);
    expect(resultsIn(await check())).toMatchObject({ mfa: "fail", adminAgents: "pass" });
  });

  test("a price list that may not be read is a warning, as is an answer that did not come", async () => {
    const fault = { kind: "errorBefore", route: "getSalesFile" };
    await world.control("simulator", "POST", "/faults", { ...fault, status: 403, code: "1005" });
    expect(resultsIn(await check())).toEqual({ ...ALL_WELL, priceList: "warn" });
    await world.control("simulator", "POST", "/faults", { ...fault, status: 503 });
    const unanswered = await check();
    expect(findingsIn(unanswered).at(-1)).toMatchObject({
      name: "priceList",
      result: "warn",
      remedy: "Check again later.",
    });
  });

  test("while Microsoft's sign-in service is away nothing can be said (upstreamError)", async () => {
    await world.control("entra", "POST", "/faults", { route: "token", status: 503, retryAfterSeconds: 30 });
    expectProblem(await check(), 503, "upstreamError");
    await world.control("entra", "DELETE", "/faults");
  });

  test.each([
    { status: 403, code: "secretsForbidden" },
    { status: 503, code: "secretsUnavailable" },
  ])("without the key vault nothing can be tried: $code", async ({ status, code }) => {
    // A host that was just started remembers no secret.
    await world.platform.host?.restart();
    await world.control("keyVault", "POST", "/faults", { status, retryAfterSeconds: 0, times: null });
    const refused = await check();
    await world.control("keyVault", "DELETE", "/faults");
    expectProblem(refused, 503, code);
  });

  test("a withdrawn sign-in fails alone, and shows on the reseller; a refused secret too", async () => {
    await world.control("entra", "POST", `/accounts/admin@${nordlicht.domain}/revoke-sessions`);
    const NOT_TRIED = { mfa: "fail", adminAgents: "fail", priceList: "fail" };
    expect(resultsIn(await check())).toEqual({ ...ALL_WELL, refreshToken: "fail", ...NOT_TRIED });
    expect((await world.send("GET", `/api/v1/csp/resellers/${id}`)).body).toMatchObject({ state: "Revoked" });
    await authorizeReseller(world, id, { reauthorize: true });
    await world.control("entra", "PATCH", `/apps/${resellerApps.nordlicht.appId}/secrets`, { become: "expired" });
    const refused = await check();
    expect(new Set(Object.values(resultsIn(refused)))).toEqual(new Set(["fail"]));
    expect((await world.send("GET", `/api/v1/csp/resellers/${id}`)).body).toMatchObject({ state: "SecretInvalid" });
  });

  test("a reseller nobody signed in for cannot be tried (notYetAuthorized)", async () => {
    expectProblem(await check(await addReseller(world, "northgate")), 409, "notYetAuthorized");
  });
});
