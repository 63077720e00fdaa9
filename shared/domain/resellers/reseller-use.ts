import { AppError } from "../../errors";
import { seesTenant, type Actor } from "../access/actor";
import type { ResellerId, TenantId } from "../access/ids";
import { isBeingMade, ResellerUse, resellerUsePrefix } from "../connections/reseller-use";
import { MSP_PARTITION, tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { Tenant, TENANT_ROW } from "../tenants/tenant";

const PAGE = 200;
/** More tenants than this are not named in a refusal. */
const MOST_NAMED = 20;

/** Every tenant that is noted as a user of the reseller, connected or not. */
export async function* notedUsers(store: StateStore, id: ResellerId): AsyncGenerator<ResellerUse> {
  let after: string | undefined;
  do {
    const page = await store.list(MSP_PARTITION, {
      prefix: resellerUsePrefix(id),
      limit: PAGE,
      ...(after ? { after } : {}),
    });
    for (const { value } of page.rows) {
      yield ResellerUse.parse(value);
    }
    after = page.next;
  } while (after);
}

/**
 * Throws `resellerInUse` when a tenant is connected to the reseller, or is just being connected, and names the tenants
 * the caller may see. What was noted for a connection that was never made, or is over, does not count.
 */
export async function refuseWhileInUse(store: StateStore, id: ResellerId, actor: Actor, now: Date): Promise<void> {
  const users: { tenantId: TenantId; displayName: string }[] = [];
  let count = 0;
  for await (const use of notedUsers(store, id)) {
    const { tenantId } = use;
    const row = await store.get(tenantPartition(tenantId), TENANT_ROW);
    const tenant = row && Tenant.parse(row.value);
    if (!isBeingMade(use, now) && !(tenant && namesReseller(tenant, id))) continue;
    count++;
    if (tenant && seesTenant(actor, tenantId, tenant.customerId)) {
      users.push({ tenantId, displayName: tenant.displayName });
    }
    if (count >= MOST_NAMED) break;
  }
  if (count === 0) return;
  throw new AppError("conflict", "resellerInUse", "Tenants are connected to this reseller: disconnect them first.", {
    extensions: { tenants: users },
  });
}

/** True when the tenant is connected through the reseller, or its connection is on the way there. */
function namesReseller({ connection, disconnecting }: Tenant, id: ResellerId): boolean {
  const next = disconnecting?.then.kind === "connect" ? disconnecting.then.resellerId : undefined;
  return connection?.resellerId === id || next === id;
}
