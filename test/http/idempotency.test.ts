import { randomUUID } from "node:crypto";
import { customerTenants } from "../../local/presets/tenants";
import { addressOf, filledBody, operations, preconditionOf, type Ids, type Operation } from "./operations";
import { expectProblem, rowsOf, startWorld, type World } from "./platform-fixture";
import { addedTenant, consent, furnishedWorld, registeredTenant, type CustomerKey } from "./steps";
import { textIn, type Answer } from "./wire";

const { kanzlei, baeckerei, spedition } = customerTenants;

let world: World;
let ids: Ids;
beforeAll(async () => {
  world = await startWorld();
  ids = await furnishedWorld(world);
  await registeredTenant(world, "kanzlei");
  await consent(world, "kanzlei");
});
afterAll(() => world.close());

const writes = operations.filter(({ method }) => method !== "GET");

describe("one request, sent again (design §6)", () => {
  interface Repeatable {
    c: string;
    /** What is written into the audit log, once. */
    audit: string;
    path: string;
    /** Another body of the same operation, for which the key must not be used again; absent where there is none. */
    other?: Record<string, unknown>;
    prepare?: () => Promise<unknown>;
    tenantId?: string;
  }

  const repeatable: Repeatable[] = [
    { c: "C3", path: "/resellers", audit: "reseller.create", other: { displayName: "Another name" } },
    { c: "C6", path: "/resellers/{resellerId}", audit: "reseller.update", other: { displayName: "Another name" } },
    { c: "C66", path: "/resellers/{resellerId}/check", audit: "reseller.check" },
    { c: "C63", path: "/customers", audit: "customer.create", other: { name: "Another name" } },
    { c: "C63", path: "/customers/{customerId}", audit: "customer.update", other: { externalReference: "other" } },
    {
      c: "C20",
      path: "/customers/{customerId}/tenants",
      audit: "tenant.register",
      other: { displayName: "Another name" },
    },
    { c: "C23", path: "/tenants", audit: "tenant.add" },
    {
      ...{ c: "C27", path: "/tenants/{tenantId}/connection", audit: "connection.create" },
      prepare: () => addedTenant(world, "baeckerei"),
      tenantId: baeckerei.tenantId,
    },
    {
      ...{ c: "C65", path: "/access/{principal}", audit: "access.grant" },
      other: { optIns: ["subscription.quantity"] },
    },
    {
      ...{ c: "C32", path: "/tenants/{tenantId}/subscriptions/apply-changes", audit: "subscription.quantity.update" },
      other: { reason: "Another one" },
    },
  ];

  test.each(repeatable)("$c $path: both get the first one's answer, and $audit is recorded once", async (row) => {
    await row.prepare?.();
    const operation = writes.find(({ c, path }) => c === row.c && path === row.path)!;
    const tenantId = row.tenantId ?? ids.tenantId;
    const body = {
      ...filledBody(operation, ids, world.platform.apiUrl),
      ...(row.audit === "connection.create" ? { cspCustomerId: tenantId } : {}),
    };
    const headers = await currentPrecondition(operation);
    const key = randomUUID();
    const ask = (asked: Record<string, unknown>): Promise<Answer> =>
      world.send(operation.method, addressOf(operation, { ...ids, tenantId }), { body: asked, key, headers });
    const before = await recorded(row.audit);
    const [first, second] = await Promise.all([ask(body), ask(body)]);
    const third = await ask(body);
    expect(first.status).toBeLessThan(300);
    expect([second.status, third.status]).toEqual([first.status, first.status]);
    expect([identityOf(second), identityOf(third)]).toEqual([identityOf(first), identityOf(first)]);
    expect(await recorded(row.audit)).toBe(before + 1);
    if (row.other === undefined) return;
    expectProblem(await ask({ ...body, ...row.other }), 422, "idempotencyKeyReused");
    expect(await recorded(row.audit)).toBe(before + 1);
  });

  test("a key is good for one body of an operation, and for another operation", async () => {
    const ask = (name: string): Promise<Answer> =>
      world.send("POST", "/api/v1/csp/customers", { body: { name }, key: "1" });
    expect((await ask("First of this key")).status).toBe(201);
    expectProblem(await ask("Second of this key"), 422, "idempotencyKeyReused");
    const tenants = await world.send("POST", "/api/v1/csp/tenants", { body: { tenantId: kanzlei.tenantId }, key: "1" });
    expectProblem(tenants, 409, "tenantAlreadyAdded");
  });

  test("a refusal is not remembered: the same request is judged anew", async () => {
    const key = randomUUID();
    const first = await world.send("POST", "/api/v1/csp/customers", { body: { name: "Wanted by two" } });
    const ask = (): Promise<Answer> =>
      world.send("POST", "/api/v1/csp/customers", { body: { name: "Wanted by two" }, key });
    expectProblem(await ask(), 409, "duplicate");
    const headers = { "if-match": first.headers.get("etag") ?? "" };
    await world.send("PATCH", first.headers.get("location") ?? "", { body: { name: "Not wanted any more" }, headers });
    expect((await ask()).status).toBe(201);
  });

  test("a connection that was made is answered again, whatever became of the reseller meanwhile", async () => {
    const body = { resellerId: ids.resellerId, cspCustomerId: spedition.tenantId };
    const tenantId = await addedTenant(world, "spedition");
    const ask = (asked: Record<string, unknown>): Promise<Answer> =>
      world.send("PUT", `/api/v1/csp/tenants/${tenantId}/connection`, {
        ...{ body: asked, key: "connect-once", headers: { "if-none-match": "*" } },
      });
    const first = await ask(body);
    await world.control("simulator", "POST", "/faults", { kind: "errorBefore", route: "getCustomer", status: 400 });
    const again = await ask(body);
    await world.control("simulator", "DELETE", "/faults");
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expectProblem(await ask({ ...body, resellerId: "7ybqxpym18gw9d3atgs6tbch4z" }), 422, "idempotencyKeyReused");
  });

  test("a key is good for one directory, not for the next one too", async () => {
    const register = (key: CustomerKey): Promise<Answer> => {
      const { domain, name: displayName } = customerTenants[key];
      const address = `/api/v1/csp/customers/${ids.customerId}/tenants`;
      return world.send("POST", address, { body: { domain, displayName }, key: "one-directory" });
    };
    expect((await register("harbour")).status).toBe(201);
    expectProblem(await register("pennine"), 422, "idempotencyKeyReused");
    const add = (tenantId: string): Promise<Answer> =>
      world.send("POST", "/api/v1/csp/tenants", { body: { tenantId }, key: "one-tenant" });
    await addedTenant(world, "schule");
    await consent(world, "harbour");
    expect((await add(customerTenants.harbour.tenantId)).status).toBe(201);
    expectProblem(await add(customerTenants.schule.tenantId), 422, "idempotencyKeyReused");
  });

  test.each([
    ["C8", "/resellers/{resellerId}/authorization", "reseller.authorize.start", "authorizeUrl"],
    ["C22", "/tenants/{tenantId}/consent", "tenant.consent.start", "consentUrl"],
  ])("%s %s: a sign-in is started once, for the browser that holds its cookie", async (c, path, audit, field) => {
    const operation = writes.find((candidate) => candidate.c === c && candidate.path === path)!;
    const ask = (returnTo: string): Promise<Answer> =>
      world.send("POST", addressOf(operation, ids), { body: { returnTo }, key: "sign-in-once" });
    const before = await recorded(audit);
    const started = await Promise.all([1, 2, 3].map(() => ask(`${world.platform.apiUrl}/done`)));
    expect(new Set(started.map((answer) => textIn(answer, field))).size).toBe(1);
    expect(new Set(started.map(({ headers }) => headers.get("set-cookie"))).size).toBe(1);
    expect(await recorded(audit)).toBe(before + 1);
    expectProblem(await ask(`${world.platform.apiUrl}/elsewhere`), 422, "idempotencyKeyReused");
  });

  /** How often this was recorded so far, in every partition. */
  async function recorded(action: string): Promise<number> {
    const rows = await rowsOf(world, "state");
    return rows.filter(({ rowKey = "", body0 }) => rowKey.startsWith("audit_") && String(body0).includes(`"${action}"`))
      .length;
  }

  /** What an answer says, apart from how far a change has come meanwhile. */
  function identityOf({ body }: Answer): string {
    return JSON.stringify(body, (name, value: unknown) => (name === "state" ? undefined : value));
  }

  async function currentPrecondition(operation: Operation): Promise<Record<string, string>> {
    if (operation.precondition !== "if-match") return preconditionOf(operation);
    const read = await world.send("GET", addressOf(operation, ids));
    return { "if-match": read.headers.get("etag") ?? "" };
  }
});
