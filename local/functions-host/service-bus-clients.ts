import { DefaultAzureCredential } from "@azure/identity";
import { ServiceBusClient } from "@azure/service-bus";
import type { Environment } from "./settings";

/** One client per connection setting, made when it is first asked for. */
export interface ServiceBusClients {
  /** Throws when the settings name no such connection. */
  get(connection: string | null | undefined): ServiceBusClient;
  close(): Promise<void>;
}

/** What the extension uses when a binding names no connection. */
const DEFAULT_CONNECTION = "AzureWebJobsServiceBus";

export function createServiceBusClients(env: Environment): ServiceBusClients {
  const clients = new Map<string, ServiceBusClient>();
  return {
    get(connection) {
      const name = connection ?? DEFAULT_CONNECTION;
      const client = clients.get(name) ?? connect(name, env);
      clients.set(name, client);
      return client;
    },
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

/** A connection string in the setting itself, or identity-based settings below it (`NAME__fullyQualifiedNamespace`). */
function connect(name: string, env: Environment): ServiceBusClient {
  for (const prefix of [name, `AzureWebJobs${name}`]) {
    const connectionString = env[prefix];
    if (connectionString) return new ServiceBusClient(connectionString);
    const namespace = env[`${prefix}__fullyQualifiedNamespace`];
    if (namespace) return new ServiceBusClient(namespace, credentialFor(prefix, env));
  }
  throw new Error(
    `Microsoft.Azure.WebJobs.ServiceBus: the setting '${name}' (or '${name}__fullyQualifiedNamespace') is missing or empty.`,
  );
}

function credentialFor(prefix: string, env: Environment): DefaultAzureCredential {
  const managedIdentityClientId = env[`${prefix}__clientId`];
  return managedIdentityClientId
    ? new DefaultAzureCredential({ managedIdentityClientId })
    : new DefaultAzureCredential();
}
