import { z } from "zod";
import type { ResellerId } from "../access/ids";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import type { Connection } from "../tenants/tenant";
import { Reseller, RESELLER_PREFIX } from "./reseller";

/** How a tenant stands to Microsoft CSP (product.md §4.1). */
export const ConnectionState = z.enum(["Connected", "NotConnected", "Degraded"]);
export type ConnectionState = z.infer<typeof ConnectionState>;

/** Says of a reseller whether it may be used now. */
export type IsAuthorized = (id: ResellerId) => boolean;

/** `Degraded`: connected, through a reseller for which nobody is signed in. Nothing is lost; changes wait. */
export function connectionState(connection: Connection | undefined, isAuthorized: IsAuthorized): ConnectionState {
  if (!connection) return "NotConnected";
  return isAuthorized(connection.resellerId) ? "Connected" : "Degraded";
}

const PAGE = 200;

/** Every reseller there is. An MSP has a handful; lists across tenants look at all of them once. */
export async function allResellers(store: StateStore): Promise<Reseller[]> {
  const found: Reseller[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(MSP_PARTITION, {
      prefix: RESELLER_PREFIX,
      limit: PAGE,
      ...(after ? { after } : {}),
    });
    for (const { value } of page.rows) {
      const reseller = Reseller.parse(value);
      if (reseller.deletedAt === undefined) found.push(reseller);
    }
    after = page.next;
  } while (after);
  return found;
}

/** Which resellers may be used now. */
export async function authorizedResellers(store: StateStore): Promise<IsAuthorized> {
  const all = await allResellers(store);
  const authorized = new Set(all.filter(({ state }) => state === "Authorized").map(({ id }) => id));
  return (id) => authorized.has(id);
}
