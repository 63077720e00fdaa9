import { TableClient } from "@azure/data-tables";
import { DefaultAzureCredential, ManagedIdentityCredential, type TokenCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { ServiceBusClient } from "@azure/service-bus";
import { isLoopback, type Config } from "../shared/config";

/** The Azure services, each client made once, when it is first needed: a cold start opens no connection. */
export interface AzureClients {
  table(name: "state" | "directory" | "work"): TableClient;
  secrets: SecretClient;
  serviceBus: () => ServiceBusClient;
}

/** Identity everywhere; connection strings and plain http are possible for addresses on this machine only (`config.ts`). */
export function createAzureClients(config: Config): AzureClients {
  const credential = createCredential(config);
  let bus: ServiceBusClient | undefined;
  return {
    table: (name) =>
      "connectionString" in config.storage
        ? TableClient.fromConnectionString(config.storage.connectionString, name, { allowInsecureConnection: true })
        : new TableClient(config.storage.tableServiceUri, name, credential),
    secrets: new SecretClient(config.keyVaultUrl, credential, vaultOptions(config.keyVaultUrl)),
    serviceBus: () => {
      bus ??=
        "connectionString" in config.serviceBus
          ? new ServiceBusClient(config.serviceBus.connectionString)
          : new ServiceBusClient(config.serviceBus.fullyQualifiedNamespace, credential);
      return bus;
    },
  };
}

function createCredential(config: Config): TokenCredential {
  return config.managedIdentityClientId
    ? new ManagedIdentityCredential({ clientId: config.managedIdentityClientId })
    : new DefaultAzureCredential();
}

/** The SDK refuses http and foreign domains unless told; it is told so for addresses on this machine only. */
function vaultOptions(url: string): {
  allowInsecureConnection?: boolean;
  disableChallengeResourceVerification?: boolean;
} {
  if (!isLoopback(url)) return {};
  return { allowInsecureConnection: url.startsWith("http:"), disableChallengeResourceVerification: true };
}
