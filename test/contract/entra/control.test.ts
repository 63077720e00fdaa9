import { startEntra, type Entra } from "../../../local/entra/entra";
import { VirtualClock } from "../../../local/virtual-clock";
import { appForm, claimsOf, control, refreshForm, refreshTokenOf, signIn, token } from "./client";
import { cspApp, customer, password, reseller, secret, seed } from "./world";

let entra: Entra;
let clock: VirtualClock;

beforeAll(async () => {
  clock = new VirtualClock({ running: false });
  entra = await startEntra({ seed, clock });
});
beforeEach(() => entra.reset());
afterAll(() => entra.close());

const agent = "agent@reseller.test";

describe("faults", () => {
  test.each([503, 429, 500])("answer %i so many times, with Retry-After, and then all is well", async (status) => {
    await control(entra, "POST", "faults", { route: "token", status, times: 2, retryAfterSeconds: 7 });
    for (const _attempt of [1, 2]) {
      const refused = await token(entra, reseller, appForm());
      expect(refused).toMatchObject({ status, body: { error: "temporarily_unavailable" } });
      expect(refused.headers.get("retry-after")).toBe("7");
    }
    expect((await token(entra, reseller, appForm())).status).toBe(200);
  });

  test("meet only their route, and a fault without end lasts until it is cleared", async () => {
    await control(entra, "POST", "faults", { route: "discovery", status: 500, times: null });
    expect((await token(entra, reseller, appForm())).status).toBe(200);
    const discovery = `${entra.url}/${reseller}/v2.0/.well-known/openid-configuration`;
    expect((await fetch(discovery)).status).toBe(500);
    expect((await fetch(discovery)).status).toBe(500);
    await control(entra, "DELETE", "faults");
    expect((await fetch(discovery)).status).toBe(200);
  });

  test("drop the connection before the request is carried out", async () => {
    await control(entra, "POST", "faults", { route: "token", drop: "before" });
    await expect(token(entra, reseller, appForm())).rejects.toThrow("fetch failed");
    expect((await control(entra, "GET", "grants"))["grants"]).toEqual([]);
  });

  test("drop the answer after the request was carried out", async () => {
    await control(entra, "POST", "faults", { route: "token", drop: "after" });
    await expect(token(entra, reseller, appForm())).rejects.toThrow("fetch failed");
    expect((await control(entra, "GET", "grants"))["grants"]).toMatchObject([{ kind: "client_credentials" }]);
  });

  test("hold the answer until the clock has moved on", async () => {
    await control(entra, "POST", "faults", { route: "token", delayMs: 30_000 });
    let answered = false;
    const slow = token(entra, reseller, appForm()).then((answer) => {
      answered = true;
      return answer;
    });
    while (((await control(entra, "GET", "faults"))["faults"] as unknown[]).length > 0); // until the request has arrived
    await clock.advance(29_999);
    await control(entra, "GET", "faults");
    expect(answered).toBe(false);
    await clock.advance(1);
    expect((await slow).status).toBe(200);
  });
});

test("a stopped Entra lets go of requests it was holding", async () => {
  const other = await startEntra({ seed, clock });
  await control(other, "POST", "faults", { route: "token", delayMs: 3_600_000 });
  const held = expect(token(other, reseller, appForm())).rejects.toThrow("fetch failed");
  while (((await control(other, "GET", "faults"))["faults"] as unknown[]).length > 0); // until the request has arrived
  await other.close();
  await held;
});

test("directories and accounts are listed without passwords and secrets", async () => {
  const text = JSON.stringify(await control(entra, "GET", "directories"));
  expect(text).toContain(agent);
  expect(text).toContain("AdminAgents");
  expect(text).not.toContain(password);
  expect(text).not.toContain(secret);
});

test("an account can leave a group, and new tokens say so", async () => {
  const refreshToken = await refreshTokenOf(entra, agent);
  await control(entra, "PATCH", `accounts/${agent}`, { groups: [] });
  expect(claimsOf((await token(entra, reseller, refreshForm(refreshToken))).body)).not.toHaveProperty("groups");
});

test("a consent can be given and taken back", async () => {
  await control(entra, "PUT", `directories/${customer}/consents/${cspApp}`, { permissions: [".default"] });
  expect(claimsOf((await token(entra, customer, appForm())).body)["roles"]).toHaveLength(2);
  await control(entra, "DELETE", `directories/${customer}/consents/${cspApp}`);
  expect((await token(entra, customer, appForm())).body["error_codes"]).toEqual([7000229]);
});

test("reset brings back the seed: accounts, apps, keys, switches and grants", async () => {
  const refreshToken = await refreshTokenOf(entra, agent);
  await control(entra, "PATCH", `accounts/${agent}`, { disabled: true, refuse: 53003 });
  await control(entra, "DELETE", `apps/${cspApp}`);
  await control(entra, "PUT", "switches", { unknownApp: "invalid_client" });
  await control(entra, "POST", "keys/rotate");
  await control(entra, "POST", "faults", { status: 500, times: null });
  await control(entra, "POST", "reset");
  expect(await control(entra, "GET", "switches")).toEqual({
    unknownApp: "unauthorized_client",
    missingServicePrincipal: 7000229,
  });
  expect((await token(entra, reseller, refreshForm(refreshToken))).body["error_codes"]).toEqual([70000]);
  expect(claimsOf(await signIn(entra, agent))["amr"]).toEqual(["pwd", "mfa"]);
});

test("a control call that makes no sense says why", async () => {
  await expect(control(entra, "PATCH", `accounts/${agent}`, { mfa: "yes" })).rejects.toThrow(/400.*mfa/s);
  await expect(control(entra, "PATCH", `accounts/${agent}`, { refuse: 1 })).rejects.toThrow("400");
  await expect(control(entra, "PATCH", "accounts/nobody", { mfa: true })).rejects.toThrow(/404.*nobody/);
  await expect(control(entra, "PUT", `directories/nowhere/consents/${cspApp}`, { permissions: [] })).rejects.toThrow(
    "404",
  );
  await expect(control(entra, "DELETE", "apps/none")).rejects.toThrow("404");
});
