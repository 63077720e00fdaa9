import path from "node:path";
import { TableServiceClient } from "@azure/data-tables";
import { startEntra, type Entra } from "../entra/entra";
import { startHostProcess, type HostProcess } from "../functions-host/host-process";
import { startGraph, type Graph } from "../graph/graph";
import { startKeyVault, type KeyVault } from "../key-vault/start-key-vault";
import { startManagedIdentity, type ManagedIdentity } from "../managed-identity/start-managed-identity";
import { startSimulator, type Simulator } from "../partner-center-simulator/start-simulator";
import type { SimulatorSeed } from "../partner-center-simulator/seed";
import { demoDirectories, demoGraph } from "../presets/demo-directories";
import { tenantApp } from "../presets/demo-apps";
import { readQueueDefinitions } from "../service-bus/queue-definitions";
import { startServiceBus, type ServiceBus } from "../service-bus/start-service-bus";
import { startTables, type Tables } from "../tables/start-tables";
import { VirtualClock } from "../virtual-clock";
import { appSettings, IDENTITY_HEADER, TENANT_APP_SECRET_NAME } from "./app-settings";
import { startControl } from "./control";
import { freePort, type Ports } from "./ports";

export interface PlatformOptions {
  ports: Ports;
  /** Folder of the Functions app: host.json, package.json, the built bundle. */
  appDir: string;
  simulatorSeed: (now: Date) => SimulatorSeed;
  /** Absent: the Functions host runs too. With false another host (Core Tools) is expected at the API's port. */
  withHost?: boolean;
  /** Settings of the app that differ from the usual ones, which it is shown. */
  settings?: (usual: Readonly<Record<string, string>>) => Promise<Readonly<Record<string, string>>>;
  clock?: VirtualClock;
  /** Told when a part is ready. */
  onReady?: (part: string, address: string) => void;
  /** Takes the lines the host writes; absent: they are dropped. */
  onHostLine?: (line: string) => void;
}

/** The running local platform. */
export interface Platform {
  readonly clock: VirtualClock;
  readonly settings: Readonly<Record<string, string>>;
  readonly apiUrl: string;
  readonly controlUrl: string;
  readonly tables: Tables;
  readonly serviceBus: ServiceBus;
  readonly keyVault: KeyVault;
  readonly entra: Entra;
  readonly graph: Graph;
  readonly simulator: Simulator;
  readonly identity: ManagedIdentity;
  readonly host: HostProcess | undefined;
  /** Moves everything together: simulator, broker, vault, sign-ins, host timers and the app's own clock. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const TABLE_NAMES = ["state", "directory", "work"];
const REPOSITORY = path.resolve(__dirname, "../..");

/** Starts every part on loopback. What was started is stopped again when a later part cannot start. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const clock = options.clock ?? new VirtualClock();
  const parts: { close(): Promise<void> }[] = [];
  const started = async <T extends { url: string; close(): Promise<void> }>(
    name: string,
    part: Promise<T>,
  ): Promise<T> => {
    const running = await part;
    parts.unshift(running);
    options.onReady?.(name, running.url);
    return running;
  };
  const close = async (): Promise<void> => {
    for (const part of parts.splice(0)) await part.close();
    clock.stop();
  };
  try {
    return await startParts(options, clock, started, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(
  options: PlatformOptions,
  clock: VirtualClock,
  started: <T extends { url: string; close(): Promise<void> }>(name: string, part: Promise<T>) => Promise<T>,
  close: () => Promise<void>,
): Promise<Platform> {
  const { ports } = options;
  const apiPort = ports.api === 0 ? await freePort() : ports.api;
  const publicUrl = `http://localhost:${apiPort}`;
  const tables = await started("Table Storage (Azurite)", startTables({ port: ports.tables }));
  await createTables(tables);
  const queues = readQueueDefinitions(path.join(options.appDir, "infra/queues.json"));
  const serviceBus = await started("Service Bus", startServiceBus({ port: ports.serviceBus, clock, queues }));
  const entra = await started(
    "Entra",
    startEntra({ port: ports.entra, clock, seed: demoDirectories(publicUrl, clock.now()) }),
  );
  const graph = await started(
    "Graph",
    startGraph({
      port: ports.graph,
      clock,
      seed: demoGraph(),
      verify: (token, audience) => entra.verify(token, audience),
    }),
  );
  const keyVault = await started(
    "Key Vault",
    startKeyVault({
      port: ports.keyVault,
      clock,
      verifyToken: (token) => entra.verify(token, "https://vault.azure.net"),
    }),
  );
  const identity = await started(
    "Managed identity",
    startManagedIdentity({
      port: ports.identity,
      clock,
      identityHeader: IDENTITY_HEADER,
      issueToken: (resource, clientId) => identityToken(entra, resource, clientId),
    }),
  );
  const simulator = await started(
    "Partner Center simulator",
    startSimulator({ port: ports.simulator, clock, seed: options.simulatorSeed(clock.now()), entraUrl: entra.url }),
  );
  const usual = appSettings({
    publicUrl,
    tables: tables.connectionString,
    serviceBus: serviceBus.connectionString,
    keyVault: keyVault.url,
    identity: identity.url,
    entra: entra.url,
    graph: graph.url,
    partnerCenter: simulator.url,
  });
  const settings = { ...usual, ...(await options.settings?.(usual)) };
  await putSecret(keyVault, entra, TENANT_APP_SECRET_NAME, tenantApp.secret);
  const host =
    options.withHost === false
      ? undefined
      : await started(
          "Functions host",
          startHostProcess({
            appDir: options.appDir,
            env: settings,
            port: apiPort,
            clock,
            scriptPath: path.join(REPOSITORY, "dist/local/functions-host/main.js"),
            onLine: options.onHostLine ?? (() => undefined),
          }),
        );
  const advance = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await host?.setClock(clock.offsetMs);
  };
  const control = await started("Platform control", startControl({ port: ports.control, clock, advance, host }));
  return {
    clock,
    settings,
    apiUrl: publicUrl,
    controlUrl: control.url,
    tables,
    serviceBus,
    keyVault,
    entra,
    graph,
    simulator,
    identity,
    host,
    advance,
    close,
  };
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
async function putSecret(vault: KeyVault, entra: Entra, name: string, value: string): Promise<void> {
  const { accessToken } = await entra.issueServiceToken("https://vault.azure.net");
  const response = await fetch(`${vault.url}/secrets/${name}?api-version=7.5`, {
    method: "PUT",
    headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ value }),
  });
  if (!response.ok) throw new Error(`The vault did not take ${name}: ${response.status} ${await response.text()}`);
}

async function createTables(tables: Tables): Promise<void> {
  const service = TableServiceClient.fromConnectionString(tables.connectionString, { allowInsecureConnection: true });
  for (const name of TABLE_NAMES) await service.createTable(name);
}
