import { randomBytes } from "node:crypto";
import type { CorsOptions } from "../functions-host/cors";
import { startHostProcess, type HostProcess } from "../functions-host/host-process";
import type { SimulatorSeed } from "../partner-center-simulator/seed";
import { demoCustomers, type PresetCustomer } from "../presets/preset-customers";
import type { Authority } from "../tls/authority";
import { VirtualClock } from "../virtual-clock";
import { appSettings, identityConnections, type Connections } from "./app-settings";
import { startControl } from "./control";
import { createParts, type PartReport, type Parts } from "./parts";
import { DEFAULT_PORTS, freePort, type Ports } from "./ports";
import { runFunction } from "./run-function";
import { startStandIns, type StandIns } from "./start-stand-ins";

export interface PlatformOptions {
  ports: Ports;
  /** Folder of the Functions app: host.json, package.json, the built bundle; and the definition of the queues. */
  appDir: string;
  /** An unpacked deployment package, to be run instead of what is built in `appDir`. */
  packageDir?: string;
  simulatorSeed: (now: Date) => SimulatorSeed;
  /** Whose directories there are; absent: the twelve of the demo. */
  customers?: readonly PresetCustomer[];
  /**
   * Absent: the Functions host runs too. With false another host (Core Tools) is expected at the API's port, and storage
   * queues are started for it.
   */
  withHost?: boolean;
  /** Settings of the app that differ from the usual ones, which it is shown; undefined takes one away. */
  settings?: (usual: Readonly<Record<string, string>>) => Promise<Readonly<Record<string, string | undefined>>>;
  /**
   * Every stand-in serves TLS with a certificate of this authority, and the app opens tables and queues with its
   * user-assigned identity instead of connection strings, as in Azure. `caFile` holds the authority's certificate, for the host to trust.
   */
  tls?: { authority: Authority; caFile: string };
  /** Other origins that browsers may call the API from; absent: none. */
  cors?: CorsOptions;
  clock?: VirtualClock;
  /** Told when a part is ready. */
  onReady?: (part: PartReport) => void;
  /** Takes the lines the host writes; absent: they are dropped. */
  onHostLine?: (line: string) => void;
  /** Aborted: the start ends with the reason of the signal, and what runs is stopped. */
  signal?: AbortSignal;
}

/** The running local platform. */
export interface Platform extends StandIns {
  readonly clock: VirtualClock;
  readonly settings: Readonly<Record<string, string>>;
  readonly apiUrl: string;
  readonly controlUrl: string;
  readonly host: HostProcess | undefined;
  /** Opens the host's admin API, and nothing else does. New for every platform. */
  readonly masterKey: string;
  /**
   * Moves everything together: simulator, broker, vault, sign-ins, host timers and the app's own clock. Resolves when all
   * that fell due on the way has run or, for timers of the app, has started. Moves at the same time take turns.
   */
  advance(ms: number): Promise<void>;
  /** Starts a timer or queue function now, with this text as its message. Throws when there is no host or no such function. */
  runFunction(name: string, input?: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts every part on loopback. What was started is stopped again when a later part cannot start. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const clock = options.clock ?? new VirtualClock();
  const parts = createParts(options);
  const close = async (): Promise<void> => {
    await parts.close().finally(() => clock.stop());
  };
  try {
    return { ...(await startParts(options, clock, parts)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(
  options: PlatformOptions,
  clock: VirtualClock,
  parts: Parts,
): Promise<Omit<Platform, "close">> {
  const { ports, appDir, tls, withHost = true } = options;
  const apiPort = ports.api === 0 ? await freePort() : ports.api;
  const apiUrl = `http://localhost:${apiPort}`;
  const standIns = await startStandIns(parts, {
    ...{ ports, clock, appDir, publicUrl: apiUrl, simulatorSeed: options.simulatorSeed },
    customers: options.customers ?? demoCustomers(),
    withQueues: !withHost,
    authority: tls?.authority,
  });
  const usual = settingsFor(standIns, apiUrl, tls !== undefined);
  const settings = withValues({ ...usual, ...(await options.settings?.(usual)) });
  const masterKey = randomBytes(24).toString("base64url");
  const host = withHost
    ? await parts.start("Functions host", () => startHost(options, withKey(settings, masterKey), apiPort, clock))
    : undefined;
  const run = async (name: string, input?: string): Promise<void> => {
    if (host === undefined) throw new Error("The Functions host is not run by this platform.");
    await runFunction(host, masterKey, name, input);
  };
  const advance = inTurn(async (ms: number) => {
    await clock.advance(ms);
    await host?.setClock(clock.offsetMs);
  });
  const control = await parts.start("Platform control", () =>
    startControl({ port: ports.control, clock, advance, host, run, apiUrl, parts: () => parts.list() }),
  );
  const urls = { apiUrl, controlUrl: control.url };
  return { ...standIns, ...urls, clock, settings, host, masterKey, advance, runFunction: run };
}

function startHost(
  options: PlatformOptions,
  settings: Readonly<Record<string, string>>,
  port: number,
  clock: VirtualClock,
): Promise<HostProcess> {
  return startHostProcess({
    appDir: options.packageDir ?? options.appDir,
    env: options.tls ? { ...settings, NODE_EXTRA_CA_CERTS: options.tls.caFile } : settings,
    ...{ port, clock },
    onLine: options.onHostLine ?? (() => undefined),
    ...(options.cors === undefined ? {} : { cors: options.cors }),
  });
}

/** What keeps Azure's access keys is no setting of the app's, so it is not among those that are shown. */
function withKey(settings: Readonly<Record<string, string>>, master: string): Record<string, string> {
  return { ...settings, FUNCTIONS_HOST_KEYS: JSON.stringify({ master }) };
}

function settingsFor(at: StandIns, publicUrl: string, withIdentity: boolean): Record<string, string> {
  const { tables, serviceBus, blobUrl } = at;
  const connections: Connections = withIdentity
    ? identityConnections({
        storageAccount: tables.accountName,
        tables: tables.url,
        blobs: blobUrl,
        serviceBusPort: serviceBus.port,
      })
    : {
        STATE_STORAGE: tables.connectionString,
        BACKUP_STORAGE: withBlobs(tables.connectionString, blobUrl),
        SERVICE_BUS: serviceBus.connectionString,
      };
  return appSettings({
    ...{ publicUrl, connections, hostStorage: hostStorageOf(at.storageConnectionString) },
    keyVault: at.keyVault.url,
    identity: at.identity.url,
    entra: at.entra.url,
    graph: at.graph.url,
    partnerCenter: at.simulator.url,
  });
}

function withValues(settings: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The same account, for its blobs. */
function withBlobs(connectionString: string, blobUrl: string): string {
  return connectionString.replace(/TableEndpoint=[^;]+;/, `BlobEndpoint=${blobUrl};`);
}

/** The short form of the connection string to an Azurite on its own ports; our host needs no storage of its own. */
function hostStorageOf(connectionString: string): string {
  const { blobs, queues, tables } = DEFAULT_PORTS;
  const isWhole = connectionString.includes("QueueEndpoint=");
  const isUsual = [blobs, queues, tables].every((port) => connectionString.includes(`//127.0.0.1:${port}/`));
  return isUsual || !isWhole ? "UseDevelopmentStorage=true" : connectionString;
}

/** Calls of the function wait for the ones before. */
function inTurn<Input>(step: (input: Input) => Promise<void>): (input: Input) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (input) => {
    const turn = last.then(() => step(input));
    last = turn.catch(() => undefined);
    return turn;
  };
}
