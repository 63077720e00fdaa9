import { accessTokenOf, appTokenOf } from "../../local/demo/access-token";
import { apiApp, robotApp } from "../../local/presets/demo-apps";
import { accountId, customerTenants, mspTenant } from "../../local/presets/tenants";
import {
  addressOf,
  filledBody,
  operations,
  preconditionOf,
  roles,
  type Ids,
  type Operation,
  type Role,
} from "./operations";
import { expectProblem, startWorld, type World } from "./platform-fixture";
import { connectedTenant, furnishedWorld, grantScope } from "./steps";
import { itemsIn, type Answer } from "./wire";

const { mueller, baeckerei } = customerTenants;
const SOMEBODY = `reader@${mspTenant.domain}`;
const somebody = `${mspTenant.tenantId}_${accountId(mspTenant, "reader")}`;
const robot = `${mspTenant.tenantId}_${robotApp.appId}`;

let world: World;
let ids: Ids;
const tokens = new Map<Role | "none", string>();
beforeAll(async () => {
  world = await startWorld();
  ids = await furnishedWorld(world);
  await connectedTenant(world, ids.resellerId, "baeckerei");
  for (const role of roles) {
    tokens.set(role, await tokenOf(role));
  }
  tokens.set("none", await tokenWith(SOMEBODY, []));
  for (const principal of [somebody, robot]) await grantScope(world, principal, { kind: "all" });
});
afterAll(() => world.close());

/** A token of an account while its directory gives it these roles. */
async function tokenWith(account: string, appRoles: readonly string[]): Promise<string> {
  await world.control("entra", "PATCH", `/accounts/${account}`, { appRoles: { [apiApp.appId]: appRoles } });
  return accessTokenOf(world.platform.entra.url, account);
}

function tokenOf(role: Role): Promise<string> {
  if (role === "ApiApp") return appTokenOf(world.platform.entra.url, mspTenant.tenantId, robotApp);
  return role === "TenantUser" ? world.tokenOf("tenantUser") : tokenWith(SOMEBODY, [role]);
}

const as = (role: Role | "none"): { as: { token: string } } => ({ as: { token: tokens.get(role) ?? "" } });
const setScope = (scope: Record<string, unknown>): Promise<unknown> => grantScope(world, somebody, scope);

/** Writes are sent without their key: whoever may is told so, whoever may not is refused before; nothing is made. */
const tryOut = (operation: Operation, role: Role | "none"): Promise<Answer> =>
  world.send(operation.method, addressOf(operation, ids), { ...as(role), key: null });

describe.each(operations)("$c $method $path", (operation) => {
  const allowed: readonly Role[] = operation.allowed;

  test.each(allowed)("%s may", async (role) => {
    const answer = await tryOut(operation, role);
    const needsMore = role === "TenantUser" && operation.wholeScope !== undefined;
    const ownCustomer = role === "TenantUser" && operation.path.startsWith("/customers/{customerId}");
    if (operation.method !== "GET") expectProblem(answer, 400, "idempotencyKeyRequired");
    // The customer record is the MSP's: a tenant's own user sees the tenant, not the record that owns it.
    else if (needsMore) expect(answer.status).toBe(operation.wholeScope);
    else if (ownCustomer) expectProblem(answer, 404, "notFound");
    else expect(answer.status).toBe(200);
  });

  test.each([...roles.filter((role) => !allowed.includes(role)), "none" as const])("%s may not", async (role) => {
    expectProblem(await tryOut(operation, role), 403, "forbidden");
  });
});

describe("roles and scopes (design §7)", () => {
  test("a customer's own administrator makes nobody more than a tenant user", async () => {
    const token = await tokenWith(`user@${mueller.domain}`, ["Admin", "Operator", "TenantUser"]);
    expectProblem(await world.send("GET", "/api/v1/csp/resellers", { as: { token } }), 403, "forbidden");
    const own = await world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}`, { as: { token } });
    expect(own.status).toBe(200);
    expectProblem(
      await world.send("GET", `/api/v1/csp/tenants/${baeckerei.tenantId}`, { as: { token } }),
      404,
      "notFound",
    );
    const notEvenUser = await tokenWith(`user@${mueller.domain}`, ["Admin"]);
    expectProblem(await world.send("GET", "/api/v1/csp/tenants", { as: { token: notEvenUser } }), 403, "forbidden");
  });

  const outside = operations.filter(({ path }) => path.includes("{tenantId}") || path.includes("{customerId}"));

  test.each(outside)("out of scope is not found: $c $method $path", async (operation) => {
    await setScope({ kind: "some", customerIds: [], tenantIds: [baeckerei.tenantId] });
    const { method, body } = operation;
    const answer = await world.send(method, addressOf(operation, ids), {
      ...as(operation.allowed.includes("Operator") ? "Operator" : "Admin"),
      ...(body === undefined ? {} : { body: filledBody(operation, ids, world.platform.apiUrl) }),
      headers: preconditionOf(operation),
    });
    expectProblem(answer, 404, "notFound");
  });

  test("a scope of one tenant shows that tenant and what Partner Center says of it, and no more", async () => {
    await setScope({ kind: "some", customerIds: [], tenantIds: [mueller.tenantId] });
    const list = async (path: string): Promise<unknown[]> =>
      itemsIn(await world.send("GET", `/api/v1/csp${path}`, as("Operator"))).map(
        (item) => item["tenantId"] ?? item["id"],
      );
    expect(await list("/tenants")).toEqual([mueller.tenantId]);
    expect(await list("/customers")).toEqual([]);
    expect(await list(`/resellers/${ids.resellerId}/customers`)).toEqual([mueller.tenantId]);
    expect(await list(`/tenants/${mueller.tenantId}/changes`)).toEqual([ids.changeId]);
  });

  test("a scope of one customer shows the customer and its tenants, and no more", async () => {
    await setScope({ kind: "some", customerIds: [ids.customerId], tenantIds: [] });
    const list = async (path: string): Promise<unknown[]> =>
      itemsIn(await world.send("GET", `/api/v1/csp${path}`, as("Operator"))).map(
        (item) => item["tenantId"] ?? item["id"],
      );
    expect(await list("/tenants")).toEqual([mueller.tenantId]);
    expect(await list("/customers")).toEqual([ids.customerId]);
    expect(await list(`/resellers/${ids.resellerId}/customers`)).toEqual([mueller.tenantId]);
    const renamed = await world.send("GET", `/api/v1/csp/customers/${ids.customerId}`, as("Operator"));
    expect(renamed.status).toBe(200);
  });
});
