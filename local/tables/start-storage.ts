import type { RunningService, ServiceName, ServiceOptions } from "./azurite-server";
import { startService } from "./azurite-server";
import type { Tables, TablesOptions } from "./start-tables";
import { DEVELOPMENT_ACCOUNT, startTables } from "./start-tables";

export interface StorageOptions extends Omit<TablesOptions, "port"> {
  tablePort?: number;
  blobPort?: number;
  queuePort?: number;
}

/** A whole storage account: what Core Tools ask for as `AzureWebJobsStorage`. */
export interface Storage {
  readonly tables: Tables;
  readonly blobUrl: string;
  readonly queueUrl: string;
  /** Names all three endpoints. */
  readonly connectionString: string;
  close(): Promise<void>;
}

/**
 * Starts Azurite's tables, blobs and queues, all in memory. Our own Functions host needs tables only; the real host keeps
 * leases and keys in blobs, so this is for running the project under Core Tools.
 */
export async function startStorage(options: StorageOptions = {}): Promise<Storage> {
  const { tablePort, blobPort, queuePort, ...shared } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(closers.splice(0).map((stop) => stop()));
  };
  const add = async (name: ServiceName, service: ServiceOptions): Promise<RunningService> => {
    const running = await startService(name, service);
    closers.push(() => running.close());
    return running;
  };
  try {
    const tables = await startTables({ ...shared, ...withPort(tablePort) });
    closers.push(() => tables.close());
    const oauth = options.oauth ?? options.tls !== undefined;
    const blobs = await add("blobs", { ...shared, oauth, ...withPort(blobPort) });
    const queues = await add("queues", { ...shared, oauth, ...withPort(queuePort) });
    const base = (service: RunningService): string =>
      `${options.tls ? "https" : "http"}://127.0.0.1:${service.port}/${DEVELOPMENT_ACCOUNT.name}`;
    const [blobUrl, queueUrl] = [base(blobs), base(queues)];
    const connectionString = `${tables.connectionString}BlobEndpoint=${blobUrl};QueueEndpoint=${queueUrl};`;
    return { tables, blobUrl, queueUrl, connectionString, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function withPort(port: number | undefined): { port?: number } {
  return port === undefined ? {} : { port };
}
