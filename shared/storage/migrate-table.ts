import { odata, type TableClient, type TableEntityResult } from "@azure/data-tables";
import type { RowKey } from "../domain/decisions/data-versions";
import { isRecord, rowCodec, versionOf, type RowCodec } from "./row-codec";
import { hasStatus } from "./table-errors";

export interface MigrationReport {
  /** Rows looked at. */
  seen: number;
  /** Rows written anew in the newest version. */
  migrated: number;
  /** Rows that only a newer version of this software may read; they were left alone. */
  newer: number;
}

type Row = TableEntityResult<Record<string, unknown>>;
const PAGE = 500;
const MAX_TRIES = 5;

/**
 * Writes every older row of a table anew in the newest version, one by one and by etag, so that it may run beside the
 * system, be stopped at any time, and run again: it looks for rows that are old. `reached` is told after each page;
 * `after` goes on from there. Audit entries stay as they were written.
 */
export async function migrateTable(
  table: TableClient,
  options: { codec?: RowCodec; after?: RowKey; reached?: (at: RowKey, report: MigrationReport) => void } = {},
): Promise<MigrationReport> {
  const { codec = rowCodec, after, reached } = options;
  const report: MigrationReport = { seen: 0, migrated: 0, newer: 0 };
  const queryOptions = after ? { filter: filterAfter(after) } : {};
  const pages = table.listEntities({ queryOptions }).byPage({ maxPageSize: PAGE });
  for await (const page of pages) {
    for (const entity of page) {
      report.seen++;
      const became = await migrateRow(table, codec, entity);
      if (became !== "kept") report[became]++;
    }
    const last = page.at(-1);
    if (last) reached?.({ partition: last.partitionKey ?? "", row: last.rowKey ?? "" }, report);
  }
  return report;
}

function filterAfter({ partition, row }: RowKey): string {
  return odata`PartitionKey gt ${partition} or (PartitionKey eq ${partition} and RowKey gt ${row})`;
}

async function migrateRow(table: TableClient, codec: RowCodec, first: Row): Promise<"migrated" | "newer" | "kept"> {
  let entity: Row | undefined = first;
  for (let tries = 0; tries < MAX_TRIES && entity; tries++) {
    const { partitionKey = "", rowKey = "", etag } = entity;
    // Rows of other making, such as the work index, carry no value of ours.
    if (entity["body0"] === undefined) return "kept";
    if (!codec.canRead(entity)) return "newer";
    // One of a newer version that this one may read stays that version's.
    if (isRecord(rowKey) || (entity["schemaVersion"] !== undefined && versionOf(entity) >= codec.version))
      return "kept";
    const value = codec.fromEntity(entity);
    if (typeof value !== "object" || value === null) throw new Error(`${partitionKey} ${rowKey} holds no object.`);
    const written = { ...columnsOf(entity), ...codec.toEntity(partitionKey, rowKey, value) };
    try {
      await table.updateEntity(written, "Replace", { etag });
      return "migrated";
    } catch (error) {
      // The running system wrote it, in its own newest version, or removed it.
      if (!hasStatus(error, 404, 412)) throw error;
      entity = await find(table, partitionKey, rowKey);
    }
  }
  if (!entity) return "kept";
  throw new Error(`${first.partitionKey ?? ""} ${first.rowKey ?? ""} was written by others again and again.`);
}

const OF_THE_SERVICE = /^(?:partitionKey|rowKey|etag|timestamp|odata\..*|schemaVersion|readableFrom|body\d+)$/;

/** What stands beside the value, such as the facts that queries choose by. */
function columnsOf(entity: Row): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entity).filter(([name]) => !OF_THE_SERVICE.test(name)));
}

async function find(table: TableClient, partition: string, row: string): Promise<Row | undefined> {
  try {
    return await table.getEntity(partition, row);
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
