import path from "node:path";
import { TableServiceClient } from "@azure/data-tables";
import { SecretClient } from "@azure/keyvault-secrets";
import { startEntra, type Entra } from "../entra/entra";
import { startGraph, type Graph } from "../graph/graph";
import { startKeyVault, type KeyVault } from "../key-vault/start-key-vault";
import { startManagedIdentity, type ManagedIdentity } from "../managed-identity/start-managed-identity";
import type { SimulatorSeed } from "../partner-center-simulator/seed";
import { startSimulator, type Simulator } from "../partner-center-simulator/start-simulator";
import { tenantApp } from "../presets/demo-apps";
import type { PresetCustomer } from "../presets/preset-customers";
import { presetDirectories, presetGraph } from "../presets/preset-directories";
import { readQueueDefinitions } from "../service-bus/queue-definitions";
import { startServiceBus, type ServiceBus } from "../service-bus/start-service-bus";
import type { TlsFiles } from "../stand-in";
import { createContainer } from "../tables/create-container";
import { startStorage } from "../tables/start-storage";
import type { Tables } from "../tables/start-tables";
import type { Authority } from "../tls/authority";
import type { VirtualClock } from "../virtual-clock";
import { APP_IDENTITY_CLIENT_ID, IDENTITY_HEADER, TENANT_APP_SECRET_NAME } from "./app-settings";
import { followLicences, withLicences } from "./directory-licences";
import type { Parts } from "./parts";
import type { Ports } from "./ports";

/** Everything that stands in for Azure and Microsoft. */
export interface StandIns {
  readonly tables: Tables;
  readonly serviceBus: ServiceBus;
  readonly keyVault: KeyVault;
  readonly entra: Entra;
  readonly graph: Graph;
  readonly simulator: Simulator;
  readonly identity: ManagedIdentity;
  readonly blobUrl: string;
  /** Names tables and blobs, and queues where there are any. */
  readonly storageConnectionString: string;
}

export interface StandInsOptions {
  ports: Ports;
  clock: VirtualClock;
  /** Folder of the Functions app, which defines the queues. */
  appDir: string;
  /** Where the app will be reached: redirect addresses lead there. */
  publicUrl: string;
  customers: readonly PresetCustomer[];
  simulatorSeed: (now: Date) => SimulatorSeed;
  /** Azurite's queues too, for a host that keeps its own things in a storage account. */
  withQueues: boolean;
  /** Present: every stand-in serves TLS with a certificate of this authority, and tables and queues want tokens. */
  authority: Authority | undefined;
}

type Tls = { tls?: TlsFiles };

const TABLE_NAMES = ["state", "directory", "work"];
const BACKUP_CONTAINER = "backups";
const VAULT_RESOURCE = "https://vault.azure.net";

/** Starts the stand-ins one after another, wired to each other, with what a deployment creates: tables, a container and a secret. */
export async function startStandIns(parts: Parts, options: StandInsOptions): Promise<StandIns> {
  const { ports, clock, authority } = options;
  const certificate = async (): Promise<Tls> => (authority ? { tls: await authority.issue() } : {});
  const azurite = await parts.start("Storage (Azurite)", async () => startAzurite(options, await certificate()));
  const { entra, simulator, graph } = await startMicrosoft(parts, options, certificate);
  const queues = readQueueDefinitions(path.join(options.appDir, "infra/queues.json"));
  const serviceBus = await parts.start("Service Bus", async () =>
    startServiceBus({
      ...{ port: ports.serviceBus, clock, queues, ...(await certificate()) },
      ...(authority ? { verifyToken: (token: string, audience: string) => isGenuine(entra, token, audience) } : {}),
    }),
  );
  const keyVault = await parts.start("Key Vault", async () =>
    startKeyVault({
      ...{ port: ports.keyVault, clock, ...(await certificate()) },
      verifyToken: (token) => entra.verify(token, VAULT_RESOURCE),
    }),
  );
  await putSecret(keyVault, entra, authority);
  const identity = await parts.start("Managed identity", async () =>
    startManagedIdentity({
      ...{ port: ports.identity, clock, identityHeader: IDENTITY_HEADER, ...(await certificate()) },
      // As in Azure the app has one identity, and has to name it.
      ...(authority ? { clientIds: [APP_IDENTITY_CLIENT_ID], systemAssigned: false } : {}),
      issueToken: (resource, clientId) => identityToken(entra, resource, clientId),
    }),
  );
  const { tables, blobUrl, connectionString: storageConnectionString } = azurite;
  return { tables, serviceBus, keyVault, entra, graph, simulator, identity, blobUrl, storageConnectionString };
}

interface Azurite {
  url: string;
  tables: Tables;
  blobUrl: string;
  connectionString: string;
  close(): Promise<void>;
}

async function startAzurite({ ports, withQueues }: StandInsOptions, tls: Tls): Promise<Azurite> {
  const { tables: tablePort, blobs: blobPort, queues: queuePort } = ports;
  const storage = await startStorage({ tablePort, blobPort, queuePort, withQueues, ...tls });
  const { tables, blobUrl, connectionString } = storage;
  await createTables(tables, tls);
  await createContainer(blobUrl, BACKUP_CONTAINER, tls.tls?.ca);
  return { url: tables.url, tables, blobUrl, connectionString, close: () => storage.close() };
}

async function createTables({ connectionString }: Tables, { tls }: Tls): Promise<void> {
  const trust = tls ? { tlsOptions: { ca: tls.ca } } : { allowInsecureConnection: true };
  const service = TableServiceClient.fromConnectionString(connectionString, trust);
  for (const name of TABLE_NAMES) await service.createTable(name);
}

/** Sign-in, the simulator, and Graph, which shows the licences that the simulator sold. */
async function startMicrosoft(
  parts: Parts,
  options: StandInsOptions,
  certificate: () => Promise<Tls>,
): Promise<Pick<StandIns, "entra" | "simulator" | "graph">> {
  const { ports, clock, customers } = options;
  const directories = presetDirectories(options.publicUrl, clock.now(), customers);
  const entra = await parts.start("Entra", async () =>
    startEntra({ port: ports.entra, clock, seed: directories, ...(await certificate()) }),
  );
  const simulator = await parts.start(
    "Partner Center simulator",
    async () =>
      startSimulator({
        ...{ port: ports.simulator, clock, seed: options.simulatorSeed(clock.now()), ...(await certificate()) },
        verifyToken: (token) => entra.verify(token),
      }),
    ({ simulation: { world } }) => `${world.customers.size} customers, ${world.subscriptions.size} subscriptions`,
  );
  const graph = await parts.start("Graph", async () =>
    startGraph({
      ...{ port: ports.graph, clock, ...(await certificate()) },
      seed: withLicences(presetGraph(directories, customers), simulator.simulation),
      verify: (token, audience) => entra.verify(token, audience),
    }),
  );
  const ids = customers.map(({ tenant }) => tenant.tenantId);
  followLicences(simulator.simulation, graph, ids);
  return { entra, simulator, graph };
}

function isGenuine(entra: Entra, token: string, audience: string): Promise<boolean> {
  return entra.verify(token, audience).then(
    () => true,
    () => false,
  );
}

async function identityToken(
  entra: Entra,
  resource: string,
  clientId: string | undefined,
): Promise<{ token: string; expiresOn: Date }> {
  const issued = await entra.issueServiceToken(resource, clientId);
  return { token: issued.accessToken, expiresOn: new Date(issued.expiresOn * 1000) };
}

/** What a deployment does before the app starts: the tenant app's secret is in the vault. */
async function putSecret(vault: KeyVault, entra: Entra, authority: Authority | undefined): Promise<void> {
  const credential = {
    getToken: async () => {
      const { token, expiresOn } = await identityToken(entra, VAULT_RESOURCE, undefined);
      return { token, expiresOnTimestamp: expiresOn.getTime() };
    },
  };
  const client = new SecretClient(vault.url, credential, {
    disableChallengeResourceVerification: true,
    ...(authority ? { tlsOptions: { ca: authority.caPem } } : { allowInsecureConnection: true }),
  });
  await client.setSecret(TENANT_APP_SECRET_NAME, tenantApp.secret);
}
