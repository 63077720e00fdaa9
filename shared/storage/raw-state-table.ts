import { isDeepStrictEqual } from "node:util";
import { odata, type TableClient, type TableEntity, type TransactionAction } from "@azure/data-tables";
import { z } from "zod";
import { RawRow, type RawTable } from "../domain/recovery/raw-table";
import { AppError } from "../errors";
import { hasStatus } from "./table-errors";
import { tablePartitions } from "./table-partitions";

const PAGE = 500;
/** The service takes 100 operations and 4 MiB in one transaction. */
const MAX_OPERATIONS = 100;
const MAX_CHARS = 1_500_000;

const OF_THE_SERVICE = ["partitionKey", "rowKey", "etag", "timestamp"];
const Keys = z.object({ rowKey: z.string() });

/** `RawTable` on the table `state`. */
export function rawStateTable(table: TableClient): RawTable {
  return {
    partitions: () => tablePartitions(table),

    async *rows(partition) {
      const queryOptions = { filter: odata`PartitionKey eq ${partition}` };
      const pages = table.listEntities({ queryOptions, disableTypeConversion: true }).byPage({ maxPageSize: PAGE });
      for await (const page of pages) for (const entity of page) yield toRawRow(entity);
    },

    async create(partition, rows) {
      for (const batch of inBatches(rows)) await createBatch(table, partition, batch);
    },
  };
}

function toRawRow(entity: object): RawRow {
  const { rowKey } = Keys.parse(entity);
  // Link and type annotations of the protocol are no properties.
  const properties = Object.entries(entity).filter(
    ([name]) => !OF_THE_SERVICE.includes(name) && !name.startsWith("odata."),
  );
  return RawRow.parse({ row: rowKey, properties: Object.fromEntries(properties) });
}

function toEntity(partition: string, { row, properties }: RawRow): TableEntity {
  return { ...properties, partitionKey: partition, rowKey: row };
}

function* inBatches(rows: readonly RawRow[]): Iterable<RawRow[]> {
  let batch: RawRow[] = [];
  let chars = 0;
  for (const row of rows) {
    const length = JSON.stringify(row).length;
    if (batch.length > 0 && (batch.length >= MAX_OPERATIONS || chars + length > MAX_CHARS)) {
      yield batch;
      [batch, chars] = [[], 0];
    }
    batch.push(row);
    chars += length;
  }
  if (batch.length > 0) yield batch;
}

/** All at once; where some stand there already, as after a run that was interrupted, one by one. */
async function createBatch(table: TableClient, partition: string, rows: readonly RawRow[]): Promise<void> {
  try {
    await table.submitTransaction(rows.map((row): TransactionAction => ["create", toEntity(partition, row)]));
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    for (const row of rows) await createOne(table, partition, row);
  }
}

async function createOne(table: TableClient, partition: string, row: RawRow): Promise<void> {
  try {
    await table.createEntity(toEntity(partition, row));
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    const present = toRawRow(await table.getEntity(partition, row.row, { disableTypeConversion: true }));
    if (isDeepStrictEqual(present, row)) return;
    const message = `${partition} ${row.row} stands there with another content than in the backup.`;
    throw new AppError("conflict", "restoreConflict", message);
  }
}
