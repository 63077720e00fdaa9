import type { Actor } from "../../../../shared/domain/access/actor";
import type { Role } from "../../../../shared/domain/access/permissions";
import { tenantActions, type TenantFacts } from "../../../../shared/domain/tenants/tenant-actions";
import { aRequest, aTenant } from "../../../build/tenant";

const { connection: _none, ...unconnected } = aTenant();
const { addedAt: _added, ...known } = unconnected;
const who = (role: Role): Actor => ({ ...aRequest("k").actor, roles: [role] });

const CONNECTED: TenantFacts = { tenant: aTenant(), status: { state: "Connected" }, unsettled: 0 };
const UNCONNECTED: TenantFacts = { tenant: unconnected, status: { state: "NotConnected" }, unsettled: 0 };
const KNOWN: TenantFacts = { ...UNCONNECTED, tenant: { ...known, inModule: false } };

/** The names of what is allowed, in order. */
function allowed(facts: TenantFacts, role: Role = "Admin"): string[] {
  return tenantActions(who(role), facts).flatMap(({ action, allowed: may }) => (may ? [action] : []));
}

test("every action is answered, and a denied one always says why", () => {
  for (const facts of [CONNECTED, UNCONNECTED, KNOWN]) {
    const actions = tenantActions(who("Admin"), facts);
    expect(actions).toHaveLength(9);
    expect(actions.filter(({ allowed: may, reason }) => may === (reason !== undefined))).toEqual([]);
  }
});

test.each<[string, TenantFacts, string[]]>([
  ["known and no more", KNOWN, ["consent", "add", "rename", "move"]],
  ["in the module", UNCONNECTED, ["consent", "connect", "disconnect", "rename", "move"]],
  [
    "connected",
    CONNECTED,
    ["consent", "editConnection", "removeConnection", "disconnect", "rename", "move", "changeSubscriptions"],
  ],
  ["busy", { ...CONNECTED, unsettled: 2 }, ["consent", "rename", "changeSubscriptions"]],
  ["going", { ...CONNECTED, status: { state: "Disconnecting" } }, ["consent", "rename"]],
])("a tenant that is %s", (_name, facts, expected) => {
  expect(allowed(facts)).toEqual(expected);
});

test("a tenant that has not consented is not added yet", () => {
  const consent = { state: "NeedsConsent" as const, permissions: [] };
  expect(allowed({ ...KNOWN, tenant: { ...KNOWN.tenant, consent } })).not.toContain("add");
});

test("a degraded connection can be replaced or removed, and its seats are not changed: the trouble is the reason", () => {
  const trouble = { code: "relationshipRemoved" as const, message: "It has ended." };
  const degraded: TenantFacts = { ...CONNECTED, status: { state: "Degraded", trouble } };
  expect(allowed(degraded)).toEqual(expect.arrayContaining(["editConnection", "removeConnection"]));
  const seats = tenantActions(who("Admin"), degraded).find(({ action }) => action === "changeSubscriptions");
  expect(seats).toEqual({ action: "changeSubscriptions", allowed: false, reason: "It has ended." });
});

test("the role comes first: an operator does not take tenants out, a reader does nothing", () => {
  expect(allowed(CONNECTED, "Operator")).not.toContain("disconnect");
  expect(allowed(CONNECTED, "Operator")).toContain("removeConnection");
  expect(allowed(CONNECTED, "Reader")).toEqual([]);
});
