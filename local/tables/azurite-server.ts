import { once } from "node:events";
import type { Server } from "node:http";
import type { TlsFiles } from "../stand-in";
import { PortInUseError } from "../stand-in";
import { hasCode } from "../tls/loopback-server";

/** What is used of Azurite's server classes (internal modules; the version is pinned and a test guards this shape). */
interface AzuriteServer {
  readonly httpServer: Server;
  start(): Promise<void>;
  close(): Promise<void>;
  /** Closes the stores; Azurite calls it itself, except after a start that failed. */
  afterClose(): Promise<void>;
}

/** One of Azurite's three services, listening. */
export interface RunningService {
  readonly port: number;
  close(): Promise<void>;
}

export interface ServiceOptions {
  port?: number;
  tls?: TlsFiles;
  /** Accept bearer tokens as well as the account key; Azurite does so over TLS only. */
  oauth?: boolean;
}

export type ServiceName = "tables" | "blobs" | "queues";

type Constructor = new (...args: unknown[]) => object;

/**
 * Starts one Azurite service in this process, with its data in memory and nothing logged or reported. The modules are
 * loaded on first use: they take about a third of a second.
 */
export async function startService(name: ServiceName, options: ServiceOptions): Promise<RunningService> {
  const { server, configuration } = await withoutInstrumentation(() => load(name));
  const settings = Object.assign(new configuration(), settingsOf(options));
  const running = asServer(new server(settings));
  await listen(name, running, options.port ?? 0);
  return { port: portOf(running.httpServer), close: () => stop(running) };
}

/** Set by name, because the positional arguments of the three configuration classes differ in their order. */
function settingsOf({ port = 0, tls, oauth }: ServiceOptions): object {
  return {
    host: "127.0.0.1",
    port,
    isMemoryPersistence: true,
    enableAccessLog: false,
    enableDebugLog: false,
    skipApiVersionCheck: true, // newer SDKs ask for API versions that this Azurite has not heard of
    disableProductStyleUrl: true, // the account is always the first part of the path
    ...(oauth ? { oauth: "basic" } : {}),
    // Azurite would read certificates from files; ours exist in memory only.
    ...(tls ? { ...tls, getCert: () => ({ cert: tls.cert, key: tls.key }) } : {}),
  };
}

async function load(name: ServiceName): Promise<{ server: Constructor; configuration: Constructor }> {
  const [server, configuration] = await loadModules(name);
  return { server: defaultClass(server, name), configuration: defaultClass(configuration, name) };
}

function loadModules(name: ServiceName): Promise<[unknown, unknown]> {
  switch (name) {
    case "tables":
      return Promise.all([
        import("azurite/dist/src/table/TableServer.js"),
        import("azurite/dist/src/table/TableConfiguration.js"),
      ]);
    case "blobs":
      return Promise.all([
        import("azurite/dist/src/blob/BlobServer.js"),
        import("azurite/dist/src/blob/BlobConfiguration.js"),
      ]);
    case "queues":
      return Promise.all([
        import("azurite/dist/src/queue/QueueServer.js"),
        import("azurite/dist/src/queue/QueueConfiguration.js"),
      ]);
  }
}

/**
 * Azurite loads `applicationinsights`, which on load patches the Azure SDKs of the whole process for tracing. This
 * variable is its own way to ask it not to; nothing is ever sent, because only Azurite's command line starts telemetry.
 */
async function withoutInstrumentation<T>(run: () => Promise<T>): Promise<T> {
  const result = lastLoad.then(() => withVariable(run)); // one at a time: two would undo each other's setting
  lastLoad = result.catch(() => undefined);
  return result;
}

let lastLoad: Promise<unknown> = Promise.resolve();

async function withVariable<T>(run: () => Promise<T>): Promise<T> {
  const variable = "APPLICATION_INSIGHTS_NO_DIAGNOSTIC_CHANNEL";
  const before = process.env[variable];
  process.env[variable] = "true";
  try {
    return await run();
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, variable);
    else process.env[variable] = before;
  }
}

/** A CommonJS class arrives wrapped once or twice in `default`, depending on who compiled the import. */
function defaultClass(loaded: unknown, name: ServiceName): Constructor {
  let candidate = loaded;
  while (typeof candidate === "object" && candidate !== null && "default" in candidate) candidate = candidate.default;
  if (typeof candidate !== "function") throw unexpectedShape(name);
  return candidate as Constructor;
}

function asServer(instance: object): AzuriteServer {
  for (const member of ["start", "close", "afterClose", "httpServer"]) {
    if (!(member in instance)) throw unexpectedShape(member);
  }
  return instance as AzuriteServer;
}

function unexpectedShape(part: string): Error {
  return new Error(`This version of azurite is built differently than expected (${part}); see local/tables/README.md.`);
}

async function listen(name: ServiceName, server: AzuriteServer, port: number): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    await server.afterClose();
    if (hasCode(error, "EADDRINUSE")) throw new PortInUseError(name, port);
    throw error;
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Azurite does not listen on a TCP port.");
  return address.port;
}

async function stop(server: AzuriteServer): Promise<void> {
  const closed = once(server.httpServer, "close");
  await server.close();
  // Azurite stops listening on the next turn of the event loop, and then waits for clients to hang up.
  setImmediate(() => server.httpServer.closeAllConnections());
  await closed;
}
