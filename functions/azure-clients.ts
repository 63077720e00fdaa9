import { TableClient } from "@azure/data-tables";
import type { TokenCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import type { ContainerClient } from "@azure/storage-blob";
import type { ServiceBusClient } from "@azure/service-bus";
import { isLoopback, type Config } from "../shared/config";

/**
 * The Azure services, each client made once, when it is first needed: a cold start opens no connection. The two largest
 * SDKs are even loaded only then; together they take as long as the rest of the app.
 */
export interface AzureClients {
  table(name: "state" | "directory" | "work"): TableClient;
  secrets: SecretClient;
  serviceBus: () => Promise<ServiceBusClient>;
  /** Undefined when the installation has no place for backups. */
  backups: (() => Promise<ContainerClient>) | undefined;
}

/** The container that the deployment makes, and makes immutable. */
const BACKUP_CONTAINER = "backups";

/** Identity everywhere; connection strings and plain http are possible for addresses on this machine only (`config.ts`). */
export function createAzureClients(config: Config): AzureClients {
  const credential = createCredential(config);
  let bus: Promise<ServiceBusClient> | undefined;
  let backups: Promise<ContainerClient> | undefined;
  const { backupStorage } = config;
  return {
    table: (name) =>
      "connectionString" in config.storage
        ? TableClient.fromConnectionString(config.storage.connectionString, name, { allowInsecureConnection: true })
        : new TableClient(config.storage.tableServiceUri, name, credential),
    secrets: new SecretClient(config.keyVaultUrl, credential, vaultOptions(config.keyVaultUrl)),
    serviceBus: () => (bus ??= connectServiceBus(config, credential)),
    backups: backupStorage && (() => (backups ??= connectBackups(backupStorage, credential))),
  };
}

async function connectBackups(
  storage: NonNullable<Config["backupStorage"]>,
  credential: TokenCredential,
): Promise<ContainerClient> {
  const sdk = await import("@azure/storage-blob");
  const service =
    "connectionString" in storage
      ? sdk.BlobServiceClient.fromConnectionString(storage.connectionString)
      : new sdk.BlobServiceClient(storage.blobServiceUri, credential);
  return service.getContainerClient(BACKUP_CONTAINER);
}

async function connectServiceBus({ serviceBus }: Config, credential: TokenCredential): Promise<ServiceBusClient> {
  const sdk = await import("@azure/service-bus");
  return "connectionString" in serviceBus
    ? new sdk.ServiceBusClient(serviceBus.connectionString)
    : new sdk.ServiceBusClient(serviceBus.fullyQualifiedNamespace, credential);
}

export function createCredential(config: Config): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  return {
    getToken: async (scopes, options) => (await (credential ??= loadCredential(config))).getToken(scopes, options),
  };
}

async function loadCredential({ managedIdentityClientId }: Config): Promise<TokenCredential> {
  const sdk = await import("@azure/identity");
  return managedIdentityClientId
    ? new sdk.ManagedIdentityCredential({ clientId: managedIdentityClientId })
    : new sdk.DefaultAzureCredential();
}

/** The SDK refuses http and foreign domains unless told; it is told so for addresses on this machine only. */
function vaultOptions(url: string): {
  allowInsecureConnection?: boolean;
  disableChallengeResourceVerification?: boolean;
} {
  if (!isLoopback(url)) return {};
  return { allowInsecureConnection: url.startsWith("http:"), disableChallengeResourceVerification: true };
}
