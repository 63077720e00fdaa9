import { decodeJwt } from "jose";
import { accessTokenOf } from "../../local/demo/access-token";
import { apiApp } from "../../local/presets/demo-apps";
import { customerTenants, mspTenant } from "../../local/presets/tenants";
import { textLike } from "./matchers";
import { eventually, expectProblem, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, grantScope, subscription } from "./steps";
import { itemsIn, type Answer } from "./wire";

const { mueller } = customerTenants;
const SETTING = "/api/v1/csp/settings/write-mode";
const TENANT = `/api/v1/csp/tenants/${mueller.tenantId}`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await connectedTenant(world, await authorizedReseller(world), "mueller");
});
afterAll(() => world.close());

const etagOf = (answer: Answer): Record<string, string> => ({ "if-match": answer.headers.get("etag") ?? "" });
const put = async (path: string, body: Record<string, unknown>): Promise<Answer> =>
  world.send("PUT", path, { body, headers: etagOf(await world.send("GET", path)) });
const change = (id: string): Promise<Answer> => world.send("GET", `${TENANT}/changes/${id}`);
const stateOf = ({ body }: Answer): unknown => (body as { state: unknown }).state;
const books = async (): Promise<unknown[]> =>
  ((await world.control("simulator", "GET", "/books?effective=true")) as { entries: unknown[] }).entries;
const parked = async (number: number): Promise<string> => {
  const [id = ""] = (await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(number), delta: 1 }]))
    .changeIds;
  const answer = await eventually(
    () => change(id),
    ({ body }) => (body as { parkedReason?: unknown }).parkedReason === "writesOff",
  );
  expect(stateOf(answer)).toBe("PendingPurchase");
  return id;
};
const completed = (id: string): Promise<Answer> =>
  eventually(
    () => change(id),
    (answer) => stateOf(answer) === "Completed",
  );

test("while nobody has set it, it is as the installation says", async () => {
  const answer = await world.send("GET", SETTING);
  expect([answer.status, answer.body]).toEqual([200, { mode: "on" }]);
  const own = await world.send("GET", `${TENANT}/write-mode`);
  expect([own.status, own.body]).toEqual([200, { mode: "default", effective: true }]);
});

test("switched off, an accepted change waits and nothing is bought; switched on, it goes on at once", async () => {
  const off = await put(SETTING, { mode: "off", reason: "Prices are being checked" });
  expect(off.status).toBe(200);
  expect(off.body).toMatchObject({ mode: "off", changedBy: textLike(/^admin@/) });
  const id = await parked(4);
  expect(await books()).toEqual([]);
  const on = await put(SETTING, { mode: "on" });
  expect(on.body).toMatchObject({ mode: "on" });
  expect(on.headers.get("etag")).not.toBe(off.headers.get("etag"));
  await completed(id);
  expect(await books()).toHaveLength(1);
});

test("with listed, only a tenant that is named writes", async () => {
  await put(SETTING, { mode: "listed" });
  const id = await parked(5);
  const named = await put(`${TENANT}/write-mode`, { mode: "on" });
  expect(named.body).toMatchObject({ mode: "on", effective: true });
  await completed(id);
  expect((await put(`${TENANT}/write-mode`, { mode: "default" })).body).toMatchObject({ effective: false });
  await put(SETTING, { mode: "on" });
});

test("a tenant that is off stays off while everybody is on", async () => {
  await put(`${TENANT}/write-mode`, { mode: "off", reason: "The customer is leaving" });
  const id = await parked(6);
  await put(SETTING, { mode: "on" });
  expect(stateOf(await change(id))).toBe("PendingPurchase");
  await put(`${TENANT}/write-mode`, { mode: "default" });
  await completed(id);
  const entries = itemsIn(await world.send("GET", `${TENANT}/audit-logs?action=settings.writeMode`));
  expect(entries.map(({ before, after }) => [before, after])).toContainEqual([{ mode: "default" }, { mode: "off" }]);
  expect(entries.map(({ reason }) => reason)).toContain("The customer is leaving");
});

test("who has not read the newest mode does not change it (etagMismatch)", async () => {
  const old = etagOf(await world.send("GET", SETTING));
  await put(SETTING, { mode: "on" });
  expectProblem(await world.send("PUT", SETTING, { body: { mode: "off" }, headers: old }), 412, "etagMismatch");
  expectProblem(await put(SETTING, { mode: "sometimes" }), 400, "validation");
});

test("an Admin who sees only some customers cannot switch everybody", async () => {
  const account = `reader@${mspTenant.domain}`;
  await world.control("entra", "PATCH", `/accounts/${account}`, { appRoles: { [apiApp.appId]: ["Admin"] } });
  const token = await accessTokenOf(world.platform.entra.url, account);
  const { tid, oid } = decodeJwt<{ tid: string; oid: string }>(token);
  await grantScope(world, `${tid}_${oid}`, { kind: "some", customerIds: [], tenantIds: [mueller.tenantId] });
  const asLimited = async (path: string, mode: string): Promise<Answer> =>
    world.send("PUT", path, { as: { token }, body: { mode }, headers: etagOf(await world.send("GET", path)) });
  expectProblem(await asLimited(SETTING, "off"), 403, "forbidden");
  expect((await asLimited(`${TENANT}/write-mode`, "default")).status).toBe(200);
});
