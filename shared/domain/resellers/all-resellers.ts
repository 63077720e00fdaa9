import { ResellerId } from "../access/ids";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { Reseller, RESELLER_PREFIX } from "./reseller";

const PAGE = 200;

/**
 * Every reseller there is, and the ids of those that only a newer version may read. An MSP has a handful; lists across
 * tenants look at all of them once.
 */
export async function allResellers(store: StateStore): Promise<{ resellers: Reseller[]; newer: ResellerId[] }> {
  const resellers: Reseller[] = [];
  const newer: ResellerId[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(MSP_PARTITION, {
      prefix: RESELLER_PREFIX,
      limit: PAGE,
      onNewer: (row) => void newer.push(ResellerId.parse(row.slice(RESELLER_PREFIX.length))),
      ...(after ? { after } : {}),
    });
    for (const { value } of page.rows) {
      const reseller = Reseller.parse(value);
      if (reseller.deletedAt === undefined) resellers.push(reseller);
    }
    after = page.next;
  } while (after);
  return { resellers, newer };
}
