import type { StandIn, StandInOptions } from "../stand-in";
import { startService } from "./azurite-server";

/** The account every Azurite has, and its published key: no secret. */
export const DEVELOPMENT_ACCOUNT = {
  name: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

export interface TablesOptions extends StandInOptions {
  /** Accept tokens of Entra too; only over TLS, as the real service. Default: true with `tls`, otherwise false. */
  oauth?: boolean;
}

/** Table Storage; `url` is the table endpoint with the account, such as `http://127.0.0.1:10002/devstoreaccount1`. */
export interface Tables extends StandIn {
  readonly accountName: string;
  /** For `TableClient.fromConnectionString`, with `allowInsecureConnection` when it is not TLS. */
  readonly connectionString: string;
}

/**
 * Starts Azurite's table service with its data in memory. `reset` deletes every table. Entity timestamps are real time:
 * Azurite has no clock to give it.
 */
export async function startTables(options: TablesOptions = {}): Promise<Tables> {
  const secure = options.tls !== undefined;
  const oauth = options.oauth ?? secure;
  if (oauth && !secure) throw new Error("Tables accept tokens over TLS only: give tls together with oauth.");

  const service = await startService("tables", { ...options, oauth });
  const protocol = secure ? "https" : "http";
  const url = `${protocol}://127.0.0.1:${service.port}/${DEVELOPMENT_ACCOUNT.name}`;
  const connectionString = [
    `DefaultEndpointsProtocol=${protocol}`,
    `AccountName=${DEVELOPMENT_ACCOUNT.name}`,
    `AccountKey=${DEVELOPMENT_ACCOUNT.key}`,
    `TableEndpoint=${url};`,
  ].join(";");
  return {
    url,
    port: service.port,
    accountName: DEVELOPMENT_ACCOUNT.name,
    connectionString,
    reset: () => deleteAllTables(connectionString, options.tls?.ca),
    close: () => service.close(),
  };
}

async function deleteAllTables(connectionString: string, ca: string | undefined): Promise<void> {
  const { TableServiceClient } = await import("@azure/data-tables");
  const client = TableServiceClient.fromConnectionString(connectionString, {
    allowInsecureConnection: ca === undefined,
    ...(ca === undefined ? {} : { tlsOptions: { ca } }),
  });
  const names: string[] = [];
  for await (const table of client.listTables()) if (table.name !== undefined) names.push(table.name);
  await Promise.all(names.map((name) => client.deleteTable(name)));
}
