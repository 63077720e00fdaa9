import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { Reseller, RESELLER_PREFIX } from "./reseller";

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
