import { resellerApps } from "../../local/presets/demo-apps";
import { customerTenants, mspTenant, resellerTenants } from "../../local/presets/tenants";
import { anyText } from "./matchers";
import { expectProblem, pointersOf, rowsOf, startWorld, type World } from "./platform-fixture";
import {
  addReseller,
  authorizedReseller,
  authorizeReseller,
  connectedTenant,
  refreshTokens,
  resellerBody,
} from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const RESELLERS = "/api/v1/csp/resellers";
const { nordlicht, northgate } = resellerTenants;
const { mueller } = customerTenants;

let world: World;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  id = await authorizedReseller(world);
});
afterAll(() => world.close());

const read = (resellerId = id): Promise<Answer> => world.send("GET", `${RESELLERS}/${resellerId}`);

async function send(
  method: "PATCH" | "DELETE",
  resellerId: string,
  body?: Record<string, unknown>,
  key?: string,
): Promise<Answer> {
  const headers = { "if-match": (await read(resellerId)).headers.get("etag") ?? '"gone"' };
  return world.send(method, `${RESELLERS}/${resellerId}`, {
    ...{ headers },
    ...(body ? { body } : {}),
    ...(key ? { key } : {}),
  });
}
const change = (body: Record<string, unknown>, resellerId = id): Promise<Answer> => send("PATCH", resellerId, body);

/** The secrets of a reseller that can still be read from the vault. */
const livingSecrets = (resellerId: string): string[] =>
  world.platform.keyVault
    .everStored()
    .filter(({ name, enabled }) => enabled && name.startsWith(`reseller-${resellerId}-`))
    .map(({ value }) => value);

const rowsNaming = async (text: string): Promise<string[]> =>
  (await rowsOf(world, "state")).map(({ rowKey = "" }) => rowKey).filter((key) => key.includes(text));

describe("editing a reseller (C6, C12)", () => {
  test("a new name changes nothing else, and gives the old name back to others", async () => {
    const before = (await read()).body as Record<string, unknown>;
    const renamed = await change({ displayName: " Nordlicht neu " });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toEqual({ ...before, displayName: "Nordlicht neu", modifiedAt: anyText });
    expect(renamed.headers.get("etag")).toBe((await read()).headers.get("etag"));
    const other = await world.send("POST", RESELLERS, {
      body: { ...resellerBody("northgate"), displayName: nordlicht.name },
    });
    expect(other.status).toBe(201);
    expect((await send("DELETE", textIn(other, "id"))).status).toBe(204);
  });

  test("a name that another reseller has is refused, whatever its case; one's own is not (duplicate)", async () => {
    const other = await addReseller(world, "northgate");
    expectProblem(await change({ displayName: northgate.name.toUpperCase() }), 409, "duplicate");
    expect((await change({ displayName: "NORDLICHT NEU" })).body).toMatchObject({ displayName: "NORDLICHT NEU" });
    expect((await send("DELETE", other)).status).toBe(204);
  });

  test("who changes what they did not read is refused (etagMismatch)", async () => {
    const etag = (await read()).headers.get("etag") ?? "";
    await change({ displayName: "Changed first" });
    const late = await world.send("PATCH", `${RESELLERS}/${id}`, {
      ...{ body: { displayName: "Changed late" }, headers: { "if-match": etag } },
    });
    expectProblem(late, 412, "etagMismatch");
    expect((await read()).body).toMatchObject({ displayName: "Changed first" });
  });

  test("an edit without a field, and fields that are not valid, are refused by name", async () => {
    expectProblem(await change({}), 400, "validation");
    const refused = await change({ displayName: "", domain: "no domain", applicationId: "x", applicationSecret: "" });
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused).sort()).toEqual(
      ["applicationId", "applicationSecret", "displayName", "domain"].map((field) => `/body/${field}`),
    );
  });

  test("the day a secret expires is entered, and taken away again", async () => {
    const secretExpiresAt = new Date(Date.now() + 90 * 86_400_000).toISOString();
    expect((await change({ secretExpiresAt })).body).toMatchObject({ secretExpiresAt, state: "Authorized" });
    expect((await change({ secretExpiresAt: null })).body).not.toHaveProperty("secretExpiresAt");
  });
});

describe("a new secret (C15)", () => {
  const secrets = `/apps/${resellerApps.nordlicht.appId}/secrets`;

  test("one that Microsoft accepts keeps the sign-in, and the one before is destroyed", async () => {
    await world.control("entra", "POST", secrets, { value: "second-secret-of-nordlicht" });
    const changed = await change({ applicationSecret: "second-secret-of-nordlicht" });
    expect(changed.body).toMatchObject({ state: "Authorized", secretVerified: true });
    expect(livingSecrets(id)).toContain("second-secret-of-nordlicht");
    expect(livingSecrets(id)).not.toContain(resellerApps.nordlicht.secret);
    expect((await world.send("GET", `${RESELLERS}/${id}/customers`)).status).toBe(200);
  });

  test("one that Microsoft refuses makes the reseller SecretInvalid, until a valid one is entered", async () => {
    const wrong = await change({ applicationSecret: "a secret id in place of its value" });
    expect({ status: wrong.status, body: wrong.body }).toMatchObject({
      status: 200,
      body: { state: "SecretInvalid", secretVerified: false },
    });
    expectProblem(await world.send("GET", `${RESELLERS}/${id}/customers`), 409, "resellerNotAuthorized");
    const returnTo = `${world.platform.apiUrl}/done`;
    const started = await world.send("POST", `${RESELLERS}/${id}/authorization`, {
      body: { returnTo, reauthorize: true },
    });
    expectProblem(started, 409, "secretInvalid");
    const mended = await change({ applicationSecret: "second-secret-of-nordlicht" });
    expect(mended.body).toMatchObject({ state: "Authorized", secretVerified: true });
  });

  test("accepted for a sign-in that was withdrawn: the reseller is Revoked, its secret verified", async () => {
    await world.control("entra", "POST", `/accounts/admin@${nordlicht.domain}/revoke-sessions`);
    const changed = await change({ applicationSecret: "second-secret-of-nordlicht" });
    expect(changed.body).toMatchObject({ state: "Revoked", secretVerified: true });
    await authorizeReseller(world, id, { reauthorize: true });
    expect((await read()).body).toMatchObject({ state: "Authorized" });
  });

  test("before anybody signed in, it is tried with the application alone", async () => {
    const other = await addReseller(world, "northgate");
    const wrong = await change({ applicationSecret: "wrong" }, other);
    expect(wrong.body).toMatchObject({ state: "NotAuthorized", secretVerified: false });
    const right = await change({ applicationSecret: resellerApps.northgate.secret }, other);
    expect(right.body).toMatchObject({ state: "NotAuthorized", secretVerified: true });
    expect((await send("DELETE", other)).status).toBe(204);
  });

  test("while Microsoft cannot be asked nothing is changed, and the new secret is destroyed (upstreamError)", async () => {
    const before = await read();
    await world.control("entra", "POST", "/faults", { route: "token", status: 503, retryAfterSeconds: 30 });
    expectProblem(await change({ applicationSecret: "never in use" }), 503, "upstreamError");
    await world.control("entra", "DELETE", "/faults");
    expect((await read()).body).toEqual(before.body);
    expect(livingSecrets(id)).not.toContain("never in use");
  });

  test.each([
    { status: 403, code: "secretsForbidden" },
    { status: 503, code: "secretsUnavailable" },
  ])("without the key vault no secret is changed: $code", async ({ status, code }) => {
    const before = await read();
    await world.control("keyVault", "POST", "/faults", { status, retryAfterSeconds: 0, times: null });
    const refused = await change({ applicationSecret: "nowhere to put it" });
    await world.control("keyVault", "DELETE", "/faults");
    expectProblem(refused, 503, code);
    expect((await read()).body).toEqual(before.body);
  });
});

describe("another domain or application (C13, C14)", () => {
  test("another application of the same directory ends the sign-in, also while tenants are connected", async () => {
    await connectedTenant(world, id, "mueller");
    const changed = await change({ applicationId: customerTenants.klinik.tenantId });
    expect(changed.body).toMatchObject({ state: "NotAuthorized", secretVerified: false });
    expect(changed.body).not.toHaveProperty("authorizedBy");
    expect(refreshTokens(world, id).filter(({ enabled }) => enabled)).toEqual([]);
    const back = await change({
      applicationId: resellerApps.nordlicht.appId,
      applicationSecret: resellerApps.nordlicht.secret,
    });
    expect(back.body).toMatchObject({ state: "NotAuthorized", secretVerified: true });
    await authorizeReseller(world, id);
    expect((await read()).body).toMatchObject({ state: "Authorized" });
  });

  test("a domain of another directory is refused while tenants are connected, who are named (resellerInUse)", async () => {
    const refused = await change({ domain: northgate.domain });
    expectProblem(refused, 409, "resellerInUse");
    expect(refused.body).toMatchObject({ tenants: [{ tenantId: mueller.tenantId, displayName: mueller.name }] });
    expect((await read()).body).toMatchObject({ domain: nordlicht.domain, state: "Authorized" });
  });

  test("a domain that no Microsoft directory owns is refused (domainUnresolved)", async () => {
    expectProblem(await change({ domain: "nobody.example" }), 422, "domainUnresolved");
  });

  test("an application that another reseller uses is refused, and free again when that one is gone (duplicate)", async () => {
    const other = await addReseller(world, "northgate");
    const third = await world.send("POST", RESELLERS, {
      body: { ...resellerBody("northgate"), displayName: "Third", applicationId: mspTenant.tenantId },
    });
    const thirdId = textIn(third, "id");
    const taken = { applicationId: resellerApps.northgate.appId };
    expectProblem(await change(taken, thirdId), 409, "duplicate");
    expect((await send("DELETE", other)).status).toBe(204);
    expect((await change(taken, thirdId)).body).toMatchObject({ applicationId: resellerApps.northgate.appId });
    const moved = await change({ domain: mspTenant.domain }, thirdId);
    expect(moved.body).toMatchObject({ directoryId: mspTenant.tenantId, state: "NotAuthorized" });
    expect((await send("DELETE", thirdId)).status).toBe(204);
  });
});

describe("deleting a reseller (C7)", () => {
  test("one that tenants are connected to stays, and they are named (resellerInUse)", async () => {
    const refused = await send("DELETE", id);
    expectProblem(refused, 409, "resellerInUse");
    expect(refused.body).toMatchObject({ tenants: [{ tenantId: mueller.tenantId, displayName: mueller.name }] });
    expect(livingSecrets(id)).toHaveLength(2);
  });

  test("its secrets are destroyed, its rows gone, and its history kept", async () => {
    const gone = await authorizedReseller(world, "northgate");
    expect(livingSecrets(gone)).toHaveLength(2);
    const key = "delete-once";
    const headers = { "if-match": (await read(gone)).headers.get("etag") ?? "" };
    const ask = (): Promise<Answer> => world.send("DELETE", `${RESELLERS}/${gone}`, { headers, key });
    expect((await ask()).status).toBe(204);
    expectProblem(await read(gone), 404, "notFound");
    expect(itemsIn(await world.send("GET", RESELLERS)).map(({ id: listed }) => listed)).not.toContain(gone);
    expect(livingSecrets(gone)).toEqual([]);
    const calls = world.platform.keyVault.calls().filter(({ name = "" }) => name.startsWith(`reseller-${gone}-`));
    expect(calls.filter(({ operation, status }) => operation === "deleteSecret" && status === 200)).toHaveLength(2);
    // What is left of it: the audit log alone. The name and the application are free for others.
    expect(await rowsNaming(gone)).toEqual([]);
    expect(await rowsNaming(`app_${northgate.tenantId}_${resellerApps.northgate.appId}`)).toEqual([]);
    const history = (await rowsOf(world, "state")).filter(({ body0 }) => String(body0).includes(gone));
    expect(history.map(({ body0 }) => String(body0))).toContainEqual(expect.stringContaining('"reseller.delete"'));
    expect((await ask()).status).toBe(204);
    expect((await addReseller(world, "northgate")) === gone).toBe(false);
  });
});
