import type { RunningService, ServiceName, ServiceOptions } from "./azurite-server";
import { startService } from "./azurite-server";
import type { Tables, TablesOptions } from "./start-tables";
import { DEVELOPMENT_ACCOUNT, startTables } from "./start-tables";

export interface StorageOptions extends Omit<TablesOptions, "port"> {
  tablePort?: number;
  blobPort?: number;
  queuePort?: number;
  /** Absent: queues too. Only a host that keeps its own things in a storage account asks for them. */
  withQueues?: boolean;
}

/** A whole storage account: what Core Tools ask for as `AzureWebJobsStorage`. */
export interface Storage {
  readonly tables: Tables;
  readonly blobUrl: string;
  /** Empty without queues. */
  readonly queueUrl: string;
  /** Names the endpoints there are. */
  readonly connectionString: string;
  close(): Promise<void>;
}

/**
 * Starts Azurite's tables, blobs and queues, all in memory. The app keeps its state in tables and its backups in blobs; the
 * real Functions host keeps leases, keys and queues of its own beside them.
 */
export async function startStorage(options: StorageOptions = {}): Promise<Storage> {
  const { tablePort, blobPort, queuePort, withQueues = true, ...shared } = options;
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
    const queues = withQueues ? await add("queues", { ...shared, oauth, ...withPort(queuePort) }) : undefined;
    const base = (service: RunningService): string =>
      `${options.tls ? "https" : "http"}://127.0.0.1:${service.port}/${DEVELOPMENT_ACCOUNT.name}`;
    const [blobUrl, queueUrl] = [base(blobs), queues ? base(queues) : ""];
    const queueEndpoint = queues ? `QueueEndpoint=${queueUrl};` : "";
    const connectionString = `${tables.connectionString}BlobEndpoint=${blobUrl};${queueEndpoint}`;
    return { tables, blobUrl, queueUrl, connectionString, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function withPort(port: number | undefined): { port?: number } {
  return port === undefined ? {} : { port };
}
