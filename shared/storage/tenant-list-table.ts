import type { TableClient } from "@azure/data-tables";
import type { ReadModel } from "../domain/decisions/read-model";
import { TenantEntry, type TenantList } from "../domain/tenants/tenant-list";
import { directoryRows } from "./directory-rows";

/** The list of tenants in the table `directory`. */
export function tenantListTable(table: TableClient): TenantList & ReadModel<TenantEntry> {
  const rows = directoryRows(table, {
    partition: "tenants",
    schema: TenantEntry,
    keyOf: ({ tenant }) => tenant.tenantId,
  });
  return {
    ...rows,
    async list({ after, limit, keep }) {
      const value = [];
      for await (const page of rows.pages(after)) {
        value.push(...page.map(({ tenant }) => tenant).filter(keep));
        if (value.length > limit) break;
      }
      const shown = value.slice(0, limit);
      const last = shown.at(-1);
      return value.length > limit && last ? { value: shown, next: last.tenantId } : { value: shown };
    },
  };
}
