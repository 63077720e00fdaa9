import { odata, type TableClient } from "@azure/data-tables";
import type { ReadModel } from "../domain/decisions/read-model";
import { isNewer, TenantEntry, type TenantList } from "../domain/tenants/tenant-list";
import { directoryRows } from "./directory-rows";

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
    async list({ after, limit, customerId, keep }) {
      const value: TenantEntry[] = [];
      const where = customerId === undefined ? [] : [odata`customerId eq ${customerId}`];
      for await (const page of rows.pages(after, where)) {
        value.push(...page.filter(keep));
        if (value.length > limit) break;
      }
      const shown = value.slice(0, limit);
      const last = shown.at(-1);
      return value.length > limit && last ? { value: shown, next: last.tenant.tenantId } : { value: shown };
    },
  };
}
