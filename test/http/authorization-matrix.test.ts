import { accessTokenOf, appTokenOf } from "../../local/demo/access-token";
import { apiApp, robotApp } from "../../local/presets/demo-apps";
import { accountId, customerTenants, mspTenant } from "../../local/presets/tenants";
import { addressOf, filledBody, operations, preconditionOf, roles } from "./operations";
import type { Ids, Operation, Role } from "./operations";
import { holdersOf, permissionOf } from "./permission-table";
import { startWorld, type World } from "./platform-fixture";
import { connectedTenant, furnishedWorld, grantScope } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const CSP = "/api/v1/csp";
const { mueller, baeckerei } = customerTenants;
const SOMEBODY = `reader@${mspTenant.domain}`;
const somebody = `${mspTenant.tenantId}_${accountId(mspTenant, "reader")}`;
const robot = `${mspTenant.tenantId}_${robotApp.appId}`;

/** What the callers may see while everything is tried; all of it is asked for "mueller". */
const scopes = ["its customer", "its tenant", "another customer", "nothing"] as const;
type ScopeName = (typeof scopes)[number];
const sees = (scope: ScopeName): boolean => scope === "its customer" || scope === "its tenant";

let world: World;
let ids: Ids;
/** What only "mueller", and what only "baeckerei", can have said. */
let traces: { mueller: string[]; baeckerei: string[] };
let otherCustomerId: string;
const staffTokens = new Map<Role, string>();
const tenantUsers = new Map<boolean, string>();

beforeAll(async () => {
  world = await startWorld();
  ids = await furnishedWorld(world);
  await connectedTenant(world, ids.resellerId, "baeckerei");
  otherCustomerId = textIn(await world.send("GET", `${CSP}/tenants/${baeckerei.tenantId}`), "customerId");
  const subscriptionsOf = async (tenantId: string): Promise<string[]> =>
    itemsIn(await world.send("GET", `${CSP}/tenants/${tenantId}/subscriptions`)).map(({ id }) => String(id));
  traces = {
    mueller: [
      mueller.tenantId,
      mueller.domain,
      ids.customerId,
      ids.changeId,
      ...(await subscriptionsOf(mueller.tenantId)),
    ],
    baeckerei: [baeckerei.tenantId, baeckerei.domain, otherCustomerId, ...(await subscriptionsOf(baeckerei.tenantId))],
  };
  for (const role of ["Admin", "Operator", "Approver", "Reader"] as const) {
    await world.control("entra", "PATCH", `/accounts/${SOMEBODY}`, { appRoles: { [apiApp.appId]: [role] } });
    staffTokens.set(role, await accessTokenOf(world.platform.entra.url, SOMEBODY));
  }
  staffTokens.set("ApiApp", await appTokenOf(world.platform.entra.url, mspTenant.tenantId, robotApp));
  tenantUsers.set(true, await world.tokenOf("tenantUser"));
  tenantUsers.set(false, await accessTokenOf(world.platform.entra.url, `user@${baeckerei.domain}`));
});
afterAll(() => world.close());

const tokenOf = (role: Role, scope: ScopeName): string =>
  (role === "TenantUser" ? tenantUsers.get(sees(scope)) : staffTokens.get(role)) ?? "";

function grantOf(scope: ScopeName): Record<string, unknown> {
  if (scope === "its customer") return { kind: "some", customerIds: [ids.customerId], tenantIds: [] };
  if (scope === "its tenant") return { kind: "some", customerIds: [], tenantIds: [mueller.tenantId] };
  const other = scope === "another customer" ? [otherCustomerId] : [];
  return { kind: "some", customerIds: other, tenantIds: [] };
}

/** What an operation has to answer, from the tables of product.md alone: the status, and the code of a refusal. */
function expected(operation: Operation, role: Role, scope: ScopeName): string {
  const { method, path, wholeScope } = operation;
  if (!holdersOf(permissionOf(operation)).includes(role)) return "403 forbidden";
  if (wholeScope !== undefined) return wholeScope === 403 ? "403 forbidden" : "404 notFound";
  // The record of a customer is the MSP's: whoever sees one of its tenants only, does not see it.
  const isCustomers = path.includes("{customerId}");
  const isVisible = isCustomers ? scope === "its customer" && role !== "TenantUser" : sees(scope);
  if (!isVisible && (isCustomers || path.includes("{tenantId}"))) return "404 notFound";
  return method === "GET" ? "200" : "400 idempotencyKeyRequired";
}

/** Whoever must be refused sends everything that is needed; whoever may lacks the key, so that nothing is done. */
function tryOut(operation: Operation, role: Role, scope: ScopeName): Promise<Answer> {
  const { method } = operation;
  const as = { token: tokenOf(role, scope) };
  if (method === "GET") return world.send(method, addressOf(operation, ids), { as });
  const isRefused = !expected(operation, role, scope).startsWith("400");
  return world.send(method, addressOf(operation, ids), {
    ...{ as, headers: preconditionOf(operation) },
    ...(isRefused ? { body: filledBody(operation, ids, world.platform.apiUrl) } : { key: null }),
  });
}

function said({ status, body }: Answer): string {
  const code = status < 300 ? undefined : (body as { code?: string } | undefined)?.code;
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** What an answer gives away of what its reader must not see; the address that was asked is not news to them. */
function leaks(answer: Answer, scope: ScopeName): string[] {
  const text = JSON.stringify(answer.body, (name, value: unknown) => (name === "instance" ? undefined : value));
  const hidden = [...(sees(scope) ? [] : traces.mueller), ...(scope === "another customer" ? [] : traces.baeckerei)];
  return hidden.filter((trace) => text.includes(trace));
}

test("this table has every operation that the system serves to people and apps, and no other", async () => {
  const { body } = await world.send("GET", "/api/openapi.json", { as: "nobody" });
  const { paths } = body as { paths: Record<string, Record<string, { security: unknown[] }>> };
  const served = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, { security }]) => security.length > 0)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  // One address may serve two rows of the specification, such as to connect and to connect anew.
  const named = new Set(operations.map(({ method, path }) => `${method} ${CSP}${path}`));
  expect([...named].sort()).toEqual(served.sort());
});

test.each(operations)("$c $method $path: who may is as product.md says", (operation) => {
  expect(operation.allowed).toEqual(holdersOf(permissionOf(operation)));
});

describe.each(scopes)("to somebody who sees %s", (scope) => {
  beforeAll(async () => {
    for (const principal of [somebody, robot]) await grantScope(world, principal, grantOf(scope));
  });

  // The user of a tenant is somebody of that tenant or of another one; of nothing there is none.
  const tried = scope === "nothing" ? roles.filter((role) => role !== "TenantUser") : roles;

  test.each(operations)("$c $method $path is answered by role, and gives nothing away", async (operation) => {
    const answers = await Promise.all(tried.map((role) => tryOut(operation, role, scope)));
    expect(tried.map((role, i) => `${role}: ${said(answers[i]!)}`)).toEqual(
      tried.map((role) => `${role}: ${expected(operation, role, scope)}`),
    );
    expect(answers.flatMap((answer) => leaks(answer, scope))).toEqual([]);
  });
});
