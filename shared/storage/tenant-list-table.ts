import { odata, type TableClient } from "@azure/data-tables";
import { TenantEntry, type TenantList } from "../domain/tenants/tenant-list";
import { fromEntity, toEntity } from "./row-codec";
import { hasStatus } from "./table-errors";

const PARTITION = "tenants";
const PAGE = 200;
const MAX_TRIES = 10;

/** The list of tenants in the table `directory`. */
export function tenantListTable(table: TableClient): TenantList {
  return {
    async put(entry) {
      const entity = toEntity(PARTITION, entry.tenant.tenantId, entry);
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        try {
          const present = await find(table, entry.tenant.tenantId);
          if (!present) await table.createEntity(entity);
          else if (present.seq >= entry.seq) return;
          else await table.updateEntity(entity, "Replace", { etag: present.etag });
          return;
        } catch (error) {
          // Another handler was faster: look again whose entry is newer.
          if (!hasStatus(error, 404, 409, 412)) throw error;
        }
      }
      throw new Error(`The list entry of tenant ${entry.tenant.tenantId} could not be written.`);
    },

    async list({ after, limit, keep }) {
      const filter = after
        ? odata`PartitionKey eq ${PARTITION} and RowKey gt ${after}`
        : odata`PartitionKey eq ${PARTITION}`;
      const value = [];
      for await (const page of table.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: PAGE })) {
        for (const entity of page) {
          if (value.length > limit) break;
          const { tenant } = TenantEntry.parse(fromEntity({ ...entity }));
          if (keep(tenant)) value.push(tenant);
        }
        if (value.length > limit) break;
      }
      const shown = value.slice(0, limit);
      const last = shown.at(-1);
      return value.length > limit && last ? { value: shown, next: last.tenantId } : { value: shown };
    },
  };
}

async function find(table: TableClient, tenantId: string): Promise<{ seq: number; etag: string } | undefined> {
  try {
    const entity = await table.getEntity(PARTITION, tenantId);
    return { seq: TenantEntry.parse(fromEntity({ ...entity })).seq, etag: entity.etag };
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
