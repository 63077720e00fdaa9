import path from "node:path";
import { inspect } from "node:util";
import { accessTokenOf } from "./demo/access-token";
import { loadDemoData } from "./demo/load-demo-data";
import { servicesScreen } from "./demo/services-screen";
import { waitForApi } from "./demo/wait-for-api";
import { welcomeScreen } from "./demo/welcome-screen";
import { demo } from "./partner-center-simulator/presets/demo";
import { scale } from "./partner-center-simulator/presets/scale";
import { PartFailedError, type PartReport } from "./platform/parts";
import { PORT_NAMES, portVariable, type Ports } from "./platform/ports";
import { readStartOptions, USAGE, UsageError, type StartOptions } from "./platform/start-options";
import { startPlatform, type Platform } from "./platform/start-platform";
import { stopOnSignals } from "./platform/stop-on-signals";
import { demoCustomers, scaleCustomers, type PresetCustomer } from "./presets/preset-customers";
import { mspTenant } from "./presets/tenants";
import { PortInUseError } from "./stand-in";

const APP_DIR = path.resolve(__dirname, "../..");

function main(): void {
  const options = readStartOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const stopped = new AbortController();
  const customers = options.scale === undefined ? demoCustomers() : scaleCustomers(options.scale);
  const starting = start(options, customers, stopped.signal);
  let platform: Platform | undefined;
  let hostPid = 0;
  const stop = stopOnSignals({
    stop: async () => {
      // A host that is being stopped is not told by its platform any more.
      hostPid = platform?.host?.pid ?? 0;
      stopped.abort(new Error("It was stopped."));
      const running = await starting.catch(() => undefined);
      await running?.close();
    },
    endNow: () => {
      killIfAlive(hostPid);
    },
  });
  starting
    .then(async (running) => {
      platform = running;
      await welcome(running, options, customers, stopped.signal);
    })
    .catch((error: unknown) => {
      if (stopped.signal.aborted) return;
      console.error(`\n${explain(error, options)}`);
      stop(1);
    });
}

function start(
  { scale: tenants, ports, servicesOnly, verbose, cors }: StartOptions,
  customers: readonly PresetCustomer[],
  signal: AbortSignal,
): Promise<Platform> {
  return startPlatform({
    ...{ ports, customers, signal, appDir: APP_DIR, withHost: !servicesOnly },
    cors: { origins: cors, credentials: false },
    simulatorSeed: () => (tenants === undefined ? demo() : scale(tenants)),
    onReady: showPart,
    onHostLine: (line) => {
      if (verbose || /\b(warn|error)\b/i.test(line)) console.log(line);
    },
  });
}

/** Loads the demo data, now or as soon as there is an API, and ends with the screen that fits. */
async function welcome(
  platform: Platform,
  { empty, scale: tenants, servicesOnly }: StartOptions,
  customers: readonly PresetCustomer[],
  signal: AbortSignal,
): Promise<void> {
  const withDemoData = tenants === undefined && !empty;
  // Counted from the start of the process.
  const secondsSoFar = (): number => Math.round(performance.now() / 100) / 10;
  if (servicesOnly) {
    console.log(servicesScreen(platform, APP_DIR, secondsSoFar()));
    if (withDemoData) await loadLater(platform, signal);
    return;
  }
  if (withDemoData) await loadNow(platform);
  const token = await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`);
  const data = withDemoData ? "demo" : { customers: customers.map(({ tenant }) => tenant) };
  console.log(welcomeScreen(platform, { token, seconds: secondsSoFar(), data }));
}

async function loadNow({ apiUrl, entra, clock }: Platform): Promise<void> {
  const before = performance.now();
  await loadDemoData({ apiUrl, entraUrl: entra.url, now: clock.now() });
  showPart({ name: "Demo data", url: "loaded through the API", startedInMs: performance.now() - before });
}

/** The API is somebody else's process here: what goes wrong in it stops nothing of ours. */
async function loadLater(platform: Platform, signal: AbortSignal): Promise<void> {
  console.log(`  Demo data is loaded as soon as the API answers at ${platform.apiUrl} (--empty: not at all).`);
  await waitForApi(platform.apiUrl, signal);
  try {
    await loadNow(platform);
  } catch (error) {
    if (signal.aborted) return;
    console.error(`The demo data could not be loaded; restart both for another try. ${String(error)}`);
  }
}

function showPart({ name, url, startedInMs, note }: PartReport): void {
  const seconds = (startedInMs / 1000).toFixed(1);
  console.log(
    `  ${name.padEnd(25)} ${url.padEnd(46)} ${seconds.padStart(4)} s${note === undefined ? "" : `  ${note}`}`,
  );
}

/** What went wrong, in words, and for a taken port the variable that moves it. */
function explain(error: unknown, { ports, verbose }: StartOptions): string {
  if (!(error instanceof PartFailedError) || verbose) return inspect(error);
  const { cause } = error;
  return cause instanceof PortInUseError ? `${error.message}\n${howToMove(cause.port, ports)}` : error.message;
}

function howToMove(port: number, ports: Ports): string {
  const name = PORT_NAMES.find((candidate) => ports[candidate] === port);
  return name === undefined ? USAGE : `Another port: ${portVariable(name)}=${port + 1000} npm start`;
}

/** The host, should it not have followed: it is the only process beside this one. */
function killIfAlive(pid: number): void {
  if (pid === 0) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

try {
  main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 1;
}
