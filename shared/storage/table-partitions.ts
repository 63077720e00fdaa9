import { odata, type TableClient } from "@azure/data-tables";

/**
 * The partitions of a table in order, beginning after one: one small query for each, whatever they hold. A partition that
 * is made meanwhile comes if its key is still ahead.
 */
export async function* tablePartitions(table: TableClient, after = ""): AsyncIterable<string> {
  for (let last = after; ;) {
    const next = await firstAfter(table, last);
    if (next === undefined) return;
    yield next;
    last = next;
  }
}

async function firstAfter(table: TableClient, last: string): Promise<string | undefined> {
  const queryOptions = { filter: odata`PartitionKey gt ${last}`, select: ["PartitionKey"] };
  // A page of the service may be empty and not the last.
  for await (const page of table.listEntities({ queryOptions }).byPage({ maxPageSize: 1 })) {
    const key = page[0]?.partitionKey;
    if (key !== undefined) return key;
  }
  return undefined;
}
