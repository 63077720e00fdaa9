import { accountId, customerTenants, mspTenant } from "../../local/presets/tenants";
import { someColleague } from "./operations";
import { eventually, expectProblem, leftToNewer, rowsOf, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, grantScope, subscription } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

/*
 * After a roll-back: some rows were written by the release after this one, for itself alone. What needs them is refused
 * with a word to come again; everything else goes on.
 */
const { mueller, kanzlei } = customerTenants;
const CSP = "/api/v1/csp";
const TENANT = `${CSP}/tenants/${mueller.tenantId}`;
const PARTITION = `tenant_${mueller.tenantId}`;

let world: World;
let resellerId = "";
beforeAll(async () => {
  world = await startWorld();
  resellerId = await authorizedReseller(world);
  await connectedTenant(world, resellerId, "mueller");
  await connectedTenant(world, resellerId, "kanzlei");
});
afterAll(() => world.close());

const get = (address: string): Promise<Answer> => world.send("GET", address);
const ids = (answer: Answer): unknown[] => itemsIn(answer).map(({ id }) => id);
const notShown = ({ body }: Answer): unknown => (body as { notShown?: number }).notShown;

/** The row's bytes and etag, as they are. */
async function stored(row: string): Promise<unknown> {
  const rows = await rowsOf(world, "state");
  return rows.find(({ partitionKey, rowKey }) => partitionKey === PARTITION && rowKey === row);
}

function expectLater(answer: Answer): void {
  expectProblem(answer, 503, "newerVersion");
  expect(answer.headers.get("retry-after")).toBe("60");
}

test("a change that only a newer version may read: asked for alone, the caller is told to come again (newerVersion)", async () => {
  const [id = ""] = (await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(4), delta: 1 }], 15))
    .changeIds;
  const restore = await leftToNewer(world, "state", PARTITION, `change_${id}`);
  const before = await stored(`change_${id}`);
  expectLater(await get(`${TENANT}/changes/${id}`));
  expectLater(await world.send("POST", `${TENANT}/changes/${id}/cancel`, { body: {} }));
  expect(await stored(`change_${id}`)).toEqual(before);
  await restore();
  expect((await get(`${TENANT}/changes/${id}`)).body).toMatchObject({ id, state: "Completed" });
});

test("changes that were accepted are answered with their ids, also when a newer version has taken one up since", async () => {
  const key = "taken-up";
  const body = { changes: [{ subscriptionId: subscription(7), delta: 1 }] };
  const apply = (): Promise<Answer> =>
    world.send("POST", `${TENANT}/subscriptions/apply-changes`, { body, key, headers: { prefer: "wait=15" } });
  const first = await apply();
  const { results } = first.body as { results: { changeId: string; state?: string }[] };
  expect([first.status, results]).toMatchObject([202, [{ outcome: "accepted", state: "Completed" }]]);
  const restore = await leftToNewer(world, "state", PARTITION, `change_${results[0]?.changeId ?? ""}`);
  const again = await apply();
  const { state: _state, ...accepted } = results[0] ?? { changeId: "" };
  expect([again.status, again.body]).toMatchObject([202, { results: [accepted] }]);
  expect((again.body as { results: object[] }).results[0]).not.toHaveProperty("state");
  await restore();
});

test("the list of a tenant's changes shows the others and says how many it leaves out, on the page where they stand", async () => {
  const items = [5, 6, 7].map((number) => ({ subscriptionId: subscription(number), delta: 1 }));
  await buySeats(world, mueller.tenantId, items, 15);
  const all = ids(await get(`${TENANT}/changes`));
  const restore = await leftToNewer(world, "state", PARTITION, `change_${String(all[1])}`);
  const answer = await get(`${TENANT}/changes`);
  expect([ids(answer), notShown(answer)]).toEqual([all.filter((id) => id !== all[1]), 1]);
  const first = await get(`${TENANT}/changes?$top=1`);
  expect([ids(first), notShown(first)]).toEqual([[all[0]], undefined]);
  const second = await get(textIn(first, "nextLink"));
  expect([ids(second), notShown(second)]).toEqual([[all[2]], 1]);
  await restore();
  expect((await get(`${TENANT}/changes`)).body).not.toHaveProperty("notShown");
});

test("an open change of a newer version keeps its connection, holds up nobody else's change, and ends when it is back", async () => {
  await world.control("simulator", "POST", "/faults", {
    ...{ kind: "holdBefore", route: "writes", count: null, subscriptionId: subscription(6) },
  });
  const [held = ""] = (await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(6), delta: 1 }]))
    .changeIds;
  await eventually(
    () => get(`${TENANT}/changes/${held}`),
    ({ body }) => (body as { attempts: unknown[] }).attempts.length > 0,
  );
  const restore = await leftToNewer(world, "state", PARTITION, `change_${held}`);

  const other = await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(4), delta: 1 }], 15);
  expect((await get(`${TENANT}/changes/${other.changeIds[0] ?? ""}`)).body).toMatchObject({ state: "Completed" });
  expect((await get(TENANT)).body).toMatchObject({
    counters: { openChanges: 1 },
    disconnectPreview: { cancelCount: 0, blockedBy: [] },
    allowedActions: expect.arrayContaining([
      expect.objectContaining({ action: "removeConnection", allowed: false }),
    ]) as unknown,
  });
  expectLater(await world.send("POST", `${TENANT}/disconnect`, { body: { confirmation: "Yes" } }));
  expect((await get(`${TENANT}/subscriptions`)).status).toBe(200);

  await world.control("simulator", "DELETE", "/faults");
  await restore();
  // The answer that came meanwhile could not be saved; its message comes back in a minute.
  await world.platform.advance(10 * 60_000);
  await eventually(
    () => get(`${TENANT}/changes/${held}`),
    ({ body }) => (body as { state: string }).state === "Completed",
  );
});

test("lists of the MSP's own records leave out what a newer version wrote, and count it", async () => {
  const [customer] = itemsIn(await get(`${CSP}/customers`));
  await grantScope(world, someColleague, { kind: "all" });
  const rows: [string, string][] = [
    [`${CSP}/customers`, `customer_${String(customer?.["id"])}`],
    [`${CSP}/resellers`, `reseller_${resellerId}`],
    [`${CSP}/access`, `grant_${someColleague}`],
  ];
  for (const [address, row] of rows) {
    const before = itemsIn(await get(address)).length;
    const restore = await leftToNewer(world, "state", "msp", row);
    const answer = await get(address);
    expect([address, answer.status, itemsIn(answer).length, notShown(answer)]).toEqual([address, 200, before - 1, 1]);
    await restore();
  }
});

test("without its reseller nobody can say how a tenant stands: it is left out, and counted, also in the summary", async () => {
  const restore = await leftToNewer(world, "state", "msp", `reseller_${resellerId}`);
  const tenants = await get(`${CSP}/tenants`);
  expect([itemsIn(tenants), notShown(tenants)]).toEqual([[], 2]);
  expect((await get(`${CSP}/summary`)).body).toMatchObject({ resellers: { total: 0 }, notShown: 1 });
  expectLater(await get(`${CSP}/resellers/${resellerId}`));
  expectLater(await get(TENANT));
  await restore();
  expect((await get(`${CSP}/summary`)).body).toMatchObject({ resellers: { total: 1 }, tenants: { total: 2 } });
});

test.each(["tenants", "changes"])("the list of %s across tenants shows the entries it can read", async (list) => {
  const partition = list === "tenants" ? "tenants" : "changes_open";
  const before = await get(`${CSP}/${list}`);
  const entries = (await rowsOf(world, "directory")).filter(({ partitionKey }) => partitionKey === partition);
  const restore = await leftToNewer(world, "directory", partition, entries[0]?.rowKey ?? "");
  const answer = await get(`${CSP}/${list}`);
  expect(notShown(answer)).toBe(1);
  expect(itemsIn(answer)).toEqual(itemsIn(before).slice(1));
  await restore();
  expect((await get(`${CSP}/${list}`)).body).toEqual(before.body);
});

test("changes of a tenant whose own row is a newer version's are listed by the tenant's id", async () => {
  const restore = await leftToNewer(world, "state", PARTITION, "tenant");
  const lines = itemsIn(await get(`${CSP}/changes`));
  expect(lines.length).toBeGreaterThan(3);
  expect(new Set(lines.map(({ tenantName }) => tenantName))).toEqual(new Set([mueller.tenantId]));
  expectLater(await get(TENANT));
  expect((await get(`${CSP}/tenants/${kanzlei.tenantId}`)).status).toBe(200);
  await restore();
});

test("whose own grant is a newer version's is asked to come again, not turned away", async () => {
  const operator = `${mspTenant.tenantId}_${accountId(mspTenant, "operator")}`;
  await grantScope(world, operator, { kind: "some", customerIds: [], tenantIds: [mueller.tenantId] });
  const restore = await leftToNewer(world, "state", "msp", `grant_${operator}`);
  expectLater(await world.send("GET", `${CSP}/tenants`, { as: "operator" }));
  await restore();
  const seen = await world.send("GET", `${CSP}/tenants`, { as: "operator" });
  expect(itemsIn(seen)).toHaveLength(1);
});
