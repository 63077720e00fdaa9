import { resellerApps } from "../../local/presets/demo-apps";
import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { eventually, expectProblem, rowsOf, runTimer, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, authorizeReseller, buySeats, connectedTenant, subscription } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { nordlicht } = resellerTenants;
const { mueller } = customerTenants;
const DAY_MS = 86_400_000;

let world: World;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  id = await authorizedReseller(world);
  await connectedTenant(world, id, "mueller");
});
afterAll(() => world.close());

const read = (): Promise<Answer> => world.send("GET", `/api/v1/csp/resellers/${id}`);
const stateOf = async (): Promise<string> => textIn(await read(), "state");
const becomes = (state: string): Promise<string> => eventually(stateOf, (found) => found === state);
const admin = `admin@${nordlicht.domain}`;
const revokeSessions = (): Promise<unknown> => world.control("entra", "POST", `/accounts/${admin}/revoke-sessions`);

/** How often this was recorded of the resellers so far. */
async function recorded(action: string): Promise<number> {
  const rows = await rowsOf(world, "state");
  return rows.filter(({ rowKey = "", body0 }) => rowKey.startsWith("audit_") && String(body0).includes(`"${action}"`))
    .length;
}

/** The daily round, to its end. */
async function daily(): Promise<void> {
  const before = await recorded("reseller.care");
  await runTimer(world, "tendResellers");
  await eventually(
    () => recorded("reseller.care"),
    (count) => count > before,
  );
}

describe("the daily round (product.md §3.5)", () => {
  test("each sign-in is renewed, and its new token stands under the name of the same grant", async () => {
    const tokens = (): string[] =>
      world.platform.keyVault
        .everStored()
        .filter(({ name }) => new RegExp(`^reseller-${id}-[0-9a-f]{16}$`).test(name))
        .map(({ name }) => name);
    const etag = (await read()).headers.get("etag");
    const before = tokens().length;
    await daily();
    await eventually(
      () => recorded("reseller.token.refresh"),
      (count) => count === 1,
    );
    expect(tokens().length).toBeGreaterThan(before);
    expect(new Set(tokens()).size).toBe(1);
    // Who edits the reseller meanwhile is not told that somebody else changed it.
    expect((await read()).headers.get("etag")).toBe(etag);
  });

  test("it comes every day by itself, and keeps the 90 days from running out", async () => {
    const before = await recorded("reseller.token.refresh");
    for (let i = 0; i < 3; i++) {
      await world.platform.advance(45 * DAY_MS);
      await eventually(
        () => recorded("reseller.token.refresh"),
        (count) => count > before + i,
      );
    }
    expect(await stateOf()).toBe("Authorized");
  });

  test("a secret that ends is warned of once for each of 30, 7 and 1 days, and when it is over", async () => {
    const lines = (): string[] =>
      world.hostLines.filter((line) => line.includes("application secret of a reseller ends"));
    const clock = world.platform.clock.now().getTime();
    const secretExpiresAt = new Date(clock + 29 * DAY_MS).toISOString();
    const headers = { "if-match": (await read()).headers.get("etag") ?? "" };
    await world.send("PATCH", `/api/v1/csp/resellers/${id}`, { body: { secretExpiresAt }, headers });
    await daily();
    await daily();
    await eventually(
      () => Promise.resolve(lines().length),
      (count) => count === 1,
    );
    await world.platform.advance(23 * DAY_MS);
    await eventually(
      () => Promise.resolve(lines().length),
      (count) => count === 2,
    );
    expect(lines().at(-1)).toContain('"days":7');
    expect(await recorded("reseller.secretExpires")).toBe(2);
    const { body } = await world.send("GET", "/api/v1/csp/summary");
    expect(body).toMatchObject({ resellers: { total: 1, authorized: 1, needingAttention: 1 } });
  });

  test("a secret that Microsoft refuses makes the reseller SecretInvalid, with an entry and an alarm", async () => {
    const secrets = `/apps/${resellerApps.nordlicht.appId}/secrets`;
    await world.control("entra", "PATCH", secrets, { become: "expired" });
    await daily();
    await becomes("SecretInvalid");
    expect((await read()).body).toMatchObject({ secretVerified: false });
    expect(await recorded("reseller.secretInvalid")).toBe(1);
    const alarm = world.hostLines.find((line) => line.includes("enter a valid application secret"));
    expect(alarm).toContain('"level":"error"');
    await world.control("entra", "POST", secrets, { value: "a-fresh-secret" });
    const headers = { "if-match": (await read()).headers.get("etag") ?? "" };
    const body = { applicationSecret: "a-fresh-secret" };
    const mended = await world.send("PATCH", `/api/v1/csp/resellers/${id}`, { body, headers });
    expect(mended.body).toMatchObject({ state: "Authorized", secretVerified: true });
  });
});

describe("a sign-in that was withdrawn (C9)", () => {
  test("a page that is read live finds it out, once, and the connection is degraded", async () => {
    await revokeSessions();
    await world.platform.advance(2 * 3_600_000);
    await world.control("simulator", "POST", "/faults", {
      ...{ kind: "errorBefore", route: "reads", status: 401, code: "400", count: 20 },
    });
    const reads = await Promise.all(
      [1, 2].map(() => world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}/subscriptions`)),
    );
    for (const answer of reads) expectProblem(answer, 409, "resellerNotAuthorized");
    await world.control("simulator", "DELETE", "/faults");
    expect(await stateOf()).toBe("Revoked");
    expect(await recorded("reseller.revoked")).toBe(1);
    const { body } = await world.send("GET", "/api/v1/csp/summary");
    expect(body).toEqual({
      resellers: { total: 1, authorized: 0, needingAttention: 1 },
      tenants: { total: 1, connected: 0, notConnected: 0, degraded: 1 },
    });
    const tenant = await world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}`);
    expect(tenant.body).toMatchObject({ connectionState: "Degraded", connection: { resellerId: id } });
    const listed = async (state: string): Promise<unknown[]> =>
      itemsIn(await world.send("GET", `/api/v1/csp/tenants?state=${state}`)).map(({ tenantId }) => tenantId);
    expect(await listed("Degraded")).toEqual([mueller.tenantId]);
    expect(await listed("Connected")).toEqual([]);
  });

  test("a change that waited for the reseller goes on as soon as somebody re-authorised", async () => {
    await authorizeReseller(world, id, { reauthorize: true });
    await becomes("Authorized");
    const { changeIds } = await parkedChange();
    const change = (): Promise<Answer> =>
      world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}/changes/${changeIds[0]}`);
    await eventually(
      change,
      ({ body }) => (body as { parkedReason?: string }).parkedReason === "resellerNotAuthorized",
    );
    await authorizeReseller(world, id, { reauthorize: true });
    const done = await eventually(change, ({ body }) => (body as { isFinal: boolean }).isFinal);
    expect(done.body).toMatchObject({ state: "Completed" });
  });

  /** Accepted while the reseller works; the sign-in is withdrawn before the worker gets to it. */
  async function parkedChange(): Promise<{ changeIds: string[] }> {
    await world.control("simulator", "POST", "/faults", {
      ...{ kind: "errorBefore", route: "patchSubscription", status: 401, code: "400" },
    });
    return buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(4), delta: 1 }]);
  }
});
