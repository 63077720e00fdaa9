import { randomUUID } from "node:crypto";
import { TableClient } from "@azure/data-tables";
import { startTables, type Tables } from "../../../local/tables/start-tables";

let tables: Tables;

beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.close());

/** A client of a table by this name; it need not exist. */
export function tableClient(name: string): TableClient {
  return TableClient.fromConnectionString(tables.connectionString, name, { allowInsecureConnection: true });
}

/** A fresh, empty table. */
export async function freshTable(): Promise<TableClient> {
  const client = tableClient(`t${randomUUID().replaceAll("-", "")}`);
  await client.createTable();
  return client;
}
