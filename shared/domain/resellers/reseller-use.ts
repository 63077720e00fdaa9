import { z } from "zod";
import { AppError } from "../../errors";
import { seesTenant, type Actor } from "../access/actor";
import { TenantId, type ResellerId } from "../access/ids";
import { MSP_PARTITION, tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { Tenant, TENANT_ROW } from "../tenants/tenant";

/** A tenant uses a reseller: noted before the connection, so that the reseller cannot be deleted under it. */
const ResellerUse = z.object({ tenantId: TenantId, since: z.iso.datetime() });

/** A use this young may belong to a connection that is just being made; no request lasts so long. */
const CONNECTING_MS = 10 * 60_000;
const PAGE = 200;
/** More tenants than this are not named in a refusal. */
const MOST_NAMED = 20;

function resellerUsePrefix(resellerId: ResellerId): string {
  return `use_${resellerId}_`;
}

/** Every tenant that is noted as a user of the reseller, connected or not. */
export async function* notedUsers(
  store: StateStore,
  id: ResellerId,
): AsyncGenerator<{ tenantId: TenantId; since: Date }> {
  let after: string | undefined;
  do {
    const page = await store.list(MSP_PARTITION, {
      prefix: resellerUsePrefix(id),
      limit: PAGE,
      ...(after ? { after } : {}),
    });
    for (const { value } of page.rows) {
      const { tenantId, since } = ResellerUse.parse(value);
      yield { tenantId, since: new Date(since) };
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
  for await (const { tenantId, since } of notedUsers(store, id)) {
    const row = await store.get(tenantPartition(tenantId), TENANT_ROW);
    const tenant = row && Tenant.parse(row.value);
    const isConnecting = tenant?.connection === undefined && now.getTime() - since.getTime() < CONNECTING_MS;
    if (tenant?.connection?.resellerId !== id && !isConnecting) continue;
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
