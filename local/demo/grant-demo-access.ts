import { grantAccessRoute } from "../../shared/api/access";
import type { ApiClient } from "../../shared/api/client";
import { robotApp } from "../presets/demo-apps";
import { accountId, mspTenant, type customerTenants } from "../presets/tenants";

type CustomerKey = keyof typeof customerTenants;

/** Whom the demo lets see what; an Admin needs no grant. `customers: "all"` gives everything. */
const GRANTS: readonly { id: string; displayName: string; customers: "all" | readonly CustomerKey[] }[] = [
  { id: staff("operator"), displayName: "Operator", customers: ["mueller", "baeckerei", "kanzlei"] },
  { id: staff("approver"), displayName: "Approver", customers: ["mueller", "baeckerei"] },
  { id: staff("reader"), displayName: "Reader", customers: "all" },
  { id: robotApp.appId, displayName: robotApp.displayName, customers: ["mueller"] },
];

/** Gives the demo's people and its app their scopes, through the API. `customerIds`: those made for the demo, by key. */
export async function grantDemoAccess(api: ApiClient, customerIds: ReadonlyMap<string, string>): Promise<void> {
  const idOf = (key: CustomerKey): string => {
    const id = customerIds.get(key);
    if (id === undefined) throw new Error(`The demo has no customer "${key}".`);
    return id;
  };
  for (const { id, displayName, customers } of GRANTS) {
    await api.call(grantAccessRoute, {
      params: { principal: `${mspTenant.tenantId}_${id}` },
      body: {
        displayName,
        scope:
          customers === "all" ? { kind: "all" } : { kind: "some", customerIds: customers.map(idOf), tenantIds: [] },
        // So that a script can try everything: it may change seats, too.
        optIns: id === robotApp.appId ? ["subscription.quantity"] : [],
      },
    });
  }
}

/** What the welcome screen says of an account: the demo's names are short enough for it. */
export function demoScopeOf(name: string): string {
  const grant = GRANTS.find(({ id }) => id === staff(name));
  if (grant === undefined) throw new Error(`The demo grants nothing to ${name}.`);
  return grant.customers === "all" ? "every customer" : `${grant.customers.length} customers`;
}

function staff(name: string): string {
  return accountId(mspTenant, name);
}
