import { odata, type TableClient } from "@azure/data-tables";
import { z } from "zod";
import { CustomerId, TenantId } from "../domain/access/ids";
import type { ReadModel } from "../domain/decisions/read-model";
import { isNewer, TenantEntry, type TenantList } from "../domain/tenants/tenant-list";
import { countUpTo, directoryRows } from "./directory-rows";

/** What stands beside an entry says whose it is. */
const Owned = z.object({ tenantId: TenantId, customerId: CustomerId });

/** The list of tenants in the table `directory`. */
export function tenantListTable(table: TableClient): TenantList & ReadModel<TenantEntry> {
  const rows = directoryRows(table, {
    partition: "tenants",
    schema: TenantEntry,
    keyOf: ({ tenant }) => tenant.tenantId,
    isNewer,
    columns: ({ tenant }) => ({ customerId: tenant.customerId }),
  });
  return {
    ...rows,
    async list({ after, limit, customerId, keep, countNewer }) {
      const value: TenantEntry[] = [];
      const heldBack: string[] = [];
      const where = customerId === undefined ? [] : [odata`customerId eq ${customerId}`];
      for await (const { entries, newer } of rows.pages(after, where)) {
        for (const entry of entries) {
          const verdict = keep(entry);
          if (verdict === "newer") heldBack.push(entry.tenant.tenantId);
          else if (verdict) value.push(entry);
        }
        for (const entry of newer) {
          const known = Owned.safeParse(entry);
          if (known.success && countNewer?.(known.data)) heldBack.push(entry.key);
        }
        if (value.length > limit) break;
      }
      const shown = value.slice(0, limit);
      const next = value.length > limit ? shown.at(-1)?.tenant.tenantId : undefined;
      return { value: shown, ...(next === undefined ? {} : { next }), ...countUpTo(heldBack, next) };
    },
  };
}
