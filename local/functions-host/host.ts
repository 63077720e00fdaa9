import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import { createAdminApi, type FunctionListing } from "./admin-api";
import { publishClock, type HostClock } from "./clock";
import type { RegisteredFunction } from "./core-api";
import type { CorsOptions } from "./cors";
import { readHostJson } from "./host-json";
import { createHttpServer } from "./http-server";
import { createInvocations, type FunctionTimeoutError, type Invocations } from "./invocations";
import { loadApp } from "./load-app";
import type { Log } from "./log";
import { sendOutputs } from "./output-bindings";
import { prepareFunctions, type PreparedFunctions } from "./prepare-functions";
import { createServiceBusClients, type ServiceBusClients } from "./service-bus-clients";
import { isDisabled, readHostKeys, requestBodyLimit, type Environment } from "./settings";
import { createWorker, type Worker } from "./worker";

export interface HostOptions {
  appDir: string;
  /** 0: any free port. */
  port: number;
  env: Environment;
  cors: CorsOptions;
  clock: HostClock;
  log: Log;
  onTimeout: (error: FunctionTimeoutError) => void;
}

export interface Host {
  readonly url: string;
  /** Names of all registered functions, sorted. */
  readonly functions: string[];
  /** One line per function that is registered but cannot run, and why. */
  readonly errors: string[];
  /** Takes no more work, waits up to `limitMs` for what runs, then closes everything. */
  stop(limitMs: number): Promise<void>;
}

interface LoadedApp {
  worker: Worker;
  invocations: Invocations;
  clients: ServiceBusClients;
  prepared: PreparedFunctions;
  customHeaders: Readonly<Record<string, string>>;
  stopping: AbortController;
}

/**
 * Loads an app and serves it like the Azure Functions host, on 127.0.0.1. Throws when the app cannot be loaded, its
 * settings are wrong or the port is taken. A single function that cannot run is reported and leaves the others alone.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const { env, log } = options;
  const startedAt = performance.now();
  const keys = readHostKeys(env);
  const bodyLimit = requestBodyLimit(env);
  const app = await load(options);
  const { invocations, prepared, customHeaders } = app;
  const functions = [...app.worker.functions.values()].map((fn) => describe(fn, prepared, env));
  const runNow = (name: string, input: string) => prepared.runNow(name, input);
  const admin = createAdminApi({ keys, functions, startedAt, runNow });
  const server = createHttpServer(prepared.routes, {
    ...{ invocations, keys, bodyLimit, customHeaders, log, admin },
    cors: options.cors,
  });
  const port = await listen(server, options.port);
  const stopTriggers = prepared.start();
  return {
    url: `http://127.0.0.1:${port}`,
    functions: functions.map(({ name }) => name).sort(),
    errors: [...prepared.errors],
    stop: (limitMs) => stop(app, server, stopTriggers, limitMs),
  };
}

async function load({ appDir, env, clock, log, onTimeout }: HostOptions): Promise<LoadedApp> {
  const hostJson = readHostJson(appDir);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  publishClock(clock);
  const worker = createWorker(log);
  await loadApp(appDir, worker.coreApi);
  await worker.finishStart(appDir);
  if (worker.functions.size === 0) log({ level: "warning", message: "No job functions found." });
  if (hostJson.extensions.serviceBus.prefetchCount > 0)
    log({ level: "warning", message: "prefetchCount is not imitated: messages are taken one by one." });
  const clients = createServiceBusClients(env);
  const invocations = createInvocations({
    worker,
    clock,
    log,
    timeoutMs: hostJson.functionTimeout,
    stopping: stopping.signal,
    sendOutputs: (fn, response) => sendOutputs(fn, response, clients, env),
    onTimeout,
  });
  const deps = { hostJson, invocations, clients, stopping: stopping.signal, env, clock, log };
  const prepared = prepareFunctions(worker.functions.values(), deps);
  const { customHeaders } = hostJson.extensions.http;
  return { worker, invocations, clients, prepared, customHeaders, stopping };
}

function describe(fn: RegisteredFunction, { routes }: PreparedFunctions, env: Environment): FunctionListing {
  const { name, bindings } = fn.metadata;
  const route = routes.find(({ target }) => target.fn === fn);
  return {
    name,
    isDisabled: isDisabled(name, env),
    ...(route && { invoke_url_template: `/${route.template}` }),
    config: { bindings: Object.entries(bindings).map(([bindingName, binding]) => ({ ...binding, name: bindingName })) },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

async function stop(
  { worker, invocations, clients, stopping }: LoadedApp,
  server: Server,
  stopTriggers: () => Promise<void>,
  limitMs: number,
): Promise<void> {
  stopping.abort();
  server.close();
  server.closeIdleConnections();
  const finish = async () => {
    await Promise.all([invocations.idle(), stopTriggers()]);
    await worker.terminate();
    await clients.close();
  };
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  try {
    await Promise.race([finish(), limit]);
  } finally {
    clearTimeout(timer);
    server.closeAllConnections();
  }
}
