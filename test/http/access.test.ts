import { accessTokenOf, appTokenOf } from "../../local/demo/access-token";
import { apiApp, robotApp } from "../../local/presets/demo-apps";
import { accountId, customerTenants, mspTenant } from "../../local/presets/tenants";
import { anyText } from "./matchers";
import { someColleague } from "./operations";
import { expectProblem, pointersOf, rowsOf, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, connectedTenant, grantScope, subscription } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const CSP = "/api/v1/csp";
const ACCESS = `${CSP}/access`;
const { mueller, baeckerei } = customerTenants;
const NOBODY = "7ybqxpym18gw9d3atgs6tbch4z";

const ofMsp = (id: string): string => `${mspTenant.tenantId}_${id}`;
const firstAdmin = ofMsp(accountId(mspTenant, "admin"));
const operator = ofMsp(accountId(mspTenant, "operator"));
const none = { kind: "some", customerIds: [], tenantIds: [] };
const all = { kind: "all" };

let world: World;
let customerIds: { mueller: string; baeckerei: string };
beforeAll(async () => {
  world = await startWorld();
  const resellerId = await authorizedReseller(world);
  const customerOf = async (key: "mueller" | "baeckerei"): Promise<string> => {
    const tenantId = await connectedTenant(world, resellerId, key);
    return textIn(await world.send("GET", `${CSP}/tenants/${tenantId}`), "customerId");
  };
  customerIds = { mueller: await customerOf("mueller"), baeckerei: await customerOf("baeckerei") };
});
afterAll(() => world.close());

const first = { "if-none-match": "*" };
const put = (principal: string, body: unknown, headers: Record<string, string>): Promise<Answer> =>
  world.send("PUT", `${ACCESS}/${principal}`, { body, headers });
const remove = (principal: string, etag: string, key?: string): Promise<Answer> =>
  world.send("DELETE", `${ACCESS}/${principal}`, {
    headers: { "if-match": etag },
    ...(key === undefined ? {} : { key }),
  });
const etagOf = (answer: Answer): string => answer.headers.get("etag") ?? "";
const tenantsOf = async (as: "operator" | { token: string }): Promise<unknown[]> =>
  itemsIn(await world.send("GET", `${CSP}/tenants`, { as })).map(({ tenantId }) => tenantId);

describe("granting (C65)", () => {
  test("what is granted counts from the next request on, and so does taking it back", async () => {
    expect(await tenantsOf("operator")).toEqual([]);
    const scope = { kind: "some", customerIds: [customerIds.mueller], tenantIds: [] };
    const granted = await put(operator, { displayName: "  Olga, nights ", scope }, first);
    expect(granted.status).toBe(201);
    expect(granted.body).toEqual({
      ...{ principal: operator, displayName: "Olga, nights", scope, optIns: [] },
      ...{ grantedAt: anyText, grantedBy: `admin@${mspTenant.domain}`, etag: anyText },
    });
    expect(etagOf(granted)).toBe(`"${textIn(granted, "etag")}"`);
    expect((await world.send("GET", `${ACCESS}/${operator}`)).body).toEqual(granted.body);
    expect(await tenantsOf("operator")).toEqual([mueller.tenantId]);

    const wider = { kind: "some", customerIds: [], tenantIds: [baeckerei.tenantId] };
    const changed = await put(operator, { scope: wider }, { "if-match": etagOf(granted) });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ scope: wider });
    expect(await tenantsOf("operator")).toEqual([baeckerei.tenantId]);

    expect((await remove(operator, etagOf(changed))).status).toBe(204);
    expect(await tenantsOf("operator")).toEqual([]);
    expectProblem(await world.send("GET", `${ACCESS}/${operator}`), 404, "notFound");
    expect((await put(operator, { scope: all }, first)).status).toBe(201);
    expect((await tenantsOf("operator")).length).toBe(2);
    expect((await remove(operator, etagOf(await world.send("GET", `${ACCESS}/${operator}`)))).status).toBe(204);
  });

  test("each grant and each taking back is recorded, with what it was before and is after", async () => {
    const before = { scope: none, optIns: [] };
    const after = { scope: all, optIns: ["subscription.quantity"], displayName: "Audited" };
    const somebody = ofMsp(accountId(mspTenant, "audited"));
    const granted = await put(somebody, { scope: none }, first);
    const changed = await put(somebody, after, { "if-match": etagOf(granted) });
    await remove(somebody, etagOf(changed));
    const rows = await rowsOf(world, "state");
    const entries = rows
      .filter(({ partitionKey, rowKey = "" }) => partitionKey === "msp" && rowKey.startsWith("audit_"))
      .map(({ body0 }) => JSON.parse(String(body0)) as Record<string, unknown>)
      .filter(({ object }) => (object as { id: string }).id === somebody);
    const object = { type: "access", id: somebody };
    expect(entries).toMatchObject([
      { action: "access.revoke", object: { ...object, name: "Audited" }, before: after },
      { action: "access.grant", object: { ...object, name: "Audited" }, before, after },
      { action: "access.grant", object, after: before },
    ]);
    expect(entries[2]).not.toHaveProperty("before");
  });

  test("who grants or takes back what they did not read is refused (etagMismatch)", async () => {
    const somebody = ofMsp(accountId(mspTenant, "read by two"));
    expectProblem(await put(somebody, { scope: all }, { "if-match": '"x"' }), 412, "etagMismatch");
    expectProblem(await remove(somebody, '"x"'), 404, "notFound");
    const granted = await put(somebody, { scope: none }, first);
    expectProblem(await put(somebody, { scope: all }, first), 412, "etagMismatch");
    expectProblem(await put(somebody, { scope: all }, { "if-match": '"x"' }), 412, "etagMismatch");
    expectProblem(await remove(somebody, '"x"'), 412, "etagMismatch");
    expectProblem(await put(somebody, { scope: all }, {}), 428, "ifMatchRequired");
    expect((await world.send("GET", `${ACCESS}/${somebody}`)).body).toEqual(granted.body);
  });

  test("a grant that is taken back twice with one key is taken back once", async () => {
    const somebody = ofMsp(accountId(mspTenant, "repeated"));
    const granted = await put(somebody, { scope: all }, first);
    const answers = await Promise.all([1, 2].map(() => remove(somebody, etagOf(granted), "take-back-once")));
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expectProblem(await remove(somebody, etagOf(granted)), 404, "notFound");
  });

  test("a scope that names what is not known here is refused, id by id (unknownInScope)", async () => {
    const scope = {
      kind: "some",
      customerIds: [customerIds.mueller, NOBODY],
      tenantIds: [customerTenants.pennine.tenantId, mueller.tenantId],
    };
    const refused = await put(ofMsp(accountId(mspTenant, "unknown")), { scope }, first);
    expectProblem(refused, 422, "unknownInScope");
    expect(pointersOf(refused)).toEqual(["/body/scope/customerIds/1", "/body/scope/tenantIds/0"]);
  });

  test("a customer's own people see their own tenant, and no grant changes that (notOfMspDirectory)", async () => {
    const { tenantId } = mueller;
    expectProblem(
      await put(`${tenantId}_${accountId(mueller, "user")}`, { scope: all }, first),
      422,
      "notOfMspDirectory",
    );
  });

  test("a principal is written in any case; text that is none is not found", async () => {
    const granted = await put(someColleague.toUpperCase(), { scope: none }, first);
    expect(granted.body).toMatchObject({ principal: someColleague });
    for (const text of ["somebody", accountId(mspTenant, "operator"), `${operator}_x`]) {
      expectProblem(await put(text, { scope: none }, first), 404, "notFound");
    }
  });

  test("each field at fault is named by its pointer", async () => {
    const twice = { ...none, tenantIds: [mueller.tenantId, mueller.tenantId.toUpperCase()] };
    for (const [body, ...pointers] of [
      [{ scope: { kind: "most" } }, "/body/scope/kind"],
      [{ scope: { ...all, tenantIds: [] } }, "/body/scope/tenantIds"],
      [{ scope: twice }, "/body/scope/tenantIds"],
      [
        { scope: { ...none, customerIds: ["x"] }, optIns: ["tenant.manage"] },
        "/body/optIns/0",
        "/body/scope/customerIds/0",
      ],
      [{}, "/body/scope"],
    ] as const) {
      const refused = await put(operator, body, first);
      expectProblem(refused, 400, "validation");
      expect(pointersOf(refused).sort()).toEqual(pointers);
    }
  });
});

describe("listing (C65)", () => {
  test("every grant comes once, however small the pages, and none that was taken back", async () => {
    const principals = (answer: Answer): unknown[] => itemsIn(answer).map(({ principal }) => principal);
    for (const n of [1, 2, 3]) await grantScope(world, ofMsp(accountId(mspTenant, `listed ${n}`)), none);
    const everybody = principals(await world.send("GET", `${ACCESS}?$top=200`));
    expect(everybody.length).toBeGreaterThan(3);
    expect(everybody).not.toContain(operator);
    const paged: unknown[] = [];
    let page = await world.send("GET", `${ACCESS}?$top=2`);
    for (;;) {
      paged.push(...principals(page));
      if (!page.text.includes("nextLink")) break;
      page = await world.send("GET", textIn(page, "nextLink"));
    }
    expect(paged).toEqual(everybody);
  });

  test("a cursor made up is refused (cursorInvalid)", async () => {
    expectProblem(await world.send("GET", `${ACCESS}?cursor=bWFkZSB1cA.AAAA`), 400, "cursorInvalid");
  });
});

describe("the last Admin (C65)", () => {
  /** A second person with the role Admin. */
  async function secondAdmin(name: "approver" | "reader"): Promise<{ principal: string; as: { token: string } }> {
    const account = `${name}@${mspTenant.domain}`;
    await world.control("entra", "PATCH", `/accounts/${account}`, { appRoles: { [apiApp.appId]: ["Admin"] } });
    const token = await accessTokenOf(world.platform.entra.url, account);
    return { principal: ofMsp(accountId(mspTenant, name)), as: { token } };
  }

  test("nobody limits the first Admin, or takes from them (lastAdmin)", async () => {
    for (const scope of [none, all]) expectProblem(await put(firstAdmin, { scope }, first), 409, "lastAdmin");
    expectProblem(await remove(firstAdmin, '"x"'), 409, "lastAdmin");
  });

  test("the first Admin needs no role in Entra, so an installation cannot lock everybody out", async () => {
    const account = `admin@${mspTenant.domain}`;
    await world.control("entra", "PATCH", `/accounts/${account}`, { appRoles: {} });
    const token = await accessTokenOf(world.platform.entra.url, account);
    expect((await world.send("GET", ACCESS, { as: { token } })).status).toBe(200);
  });

  test("another Admin cannot limit themselves (lastAdmin); somebody else can, and then they manage access no more", async () => {
    const { principal, as } = await secondAdmin("approver");
    const limit = (): Promise<Answer> =>
      world.send("PUT", `${ACCESS}/${principal}`, { as, body: { scope: none }, headers: first });
    expectProblem(await limit(), 409, "lastAdmin");
    expect((await world.send("GET", ACCESS, { as })).status).toBe(200);
    await grantScope(world, principal, { kind: "some", customerIds: [customerIds.mueller], tenantIds: [] });
    expectProblem(await limit(), 403, "forbidden");
    expectProblem(await world.send("GET", ACCESS, { as }), 403, "forbidden");
    expectProblem(await world.send("GET", `${ACCESS}/${principal}`, { as }), 403, "forbidden");
    const mine = { as, headers: { "if-match": '"x"' } };
    expectProblem(await world.send("DELETE", `${ACCESS}/${principal}`, mine), 403, "forbidden");
  });

  test("of two Admins who limit each other at the same moment, one stays", async () => {
    const [a, b] = [await secondAdmin("approver"), await secondAdmin("reader")];
    for (const { principal } of [a, b]) await grantScope(world, principal, all);
    const limit = async (by: typeof a, whom: typeof a): Promise<Answer> => {
      const address = `${ACCESS}/${whom.principal}`;
      const etag = etagOf(await world.send("GET", address));
      return world.send("PUT", address, { as: by.as, body: { scope: none }, headers: { "if-match": etag } });
    };
    const answers = await Promise.all([limit(a, b), limit(b, a)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
  });
});

describe("an app", () => {
  test("sees what its app id was granted, and changes seats only where that was opted in", async () => {
    const token = await appTokenOf(world.platform.entra.url, mspTenant.tenantId, robotApp);
    expect(await tenantsOf({ token })).toEqual([]);
    const scope = { kind: "some", customerIds: [customerIds.mueller], tenantIds: [] };
    const buy = (): Promise<Answer> =>
      world.send("POST", `${CSP}/tenants/${mueller.tenantId}/subscriptions/apply-changes`, {
        ...{ as: { token }, body: { changes: [{ subscriptionId: subscription(4), delta: 2 }] } },
        headers: { prefer: "wait=15" },
      });
    await grantScope(world, ofMsp(robotApp.appId), scope);
    expect(await tenantsOf({ token })).toEqual([mueller.tenantId]);
    expectProblem(await buy(), 403, "forbidden");
    await grantScope(world, ofMsp(robotApp.appId), scope, ["subscription.quantity"]);
    expect(await buy()).toMatchObject({ status: 202, body: { results: [{ outcome: "accepted" }] } });
    expect(world.platform.simulator.simulation.world.books).toMatchObject([{ effective: true }]);
  });
});
