import path from "node:path";
import { parseArgs } from "node:util";
import { loadDemoData } from "./demo/load-demo-data";
import { accessTokenOf } from "./demo/access-token";
import { welcomeScreen } from "./demo/welcome-screen";
import { demo } from "./partner-center-simulator/presets/demo";
import { scale } from "./partner-center-simulator/presets/scale";
import { portsFrom, portVariable, type PortName } from "./platform/ports";
import { startPlatform, type Platform } from "./platform/start-platform";
import { mspTenant } from "./presets/tenants";
import { PortInUseError } from "./stand-in";

const USAGE = `npm start -- [options]
  --scale N         N generated tenants in the simulator in place of the twelve of the demo (300: about 4,000 subscriptions)
  --empty           no demo data: an installation as new
  --services-only   everything but the Functions host, for "func start" of Azure Functions Core Tools
Ports are moved by variables such as API_PORT, CONTROL_PORT, ENTRA_PORT.`;

/** A second signal, or a stop that takes longer than this, ends the process at once. */
const STOP_LIMIT_MS = 2_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scale: { type: "string" },
      empty: { type: "boolean", default: false },
      "services-only": { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const startedAt = performance.now();
  const tenants = values.scale === undefined ? undefined : Number(values.scale);
  const platform = await startPlatform({
    ports: portsFrom(process.env),
    appDir: path.resolve(__dirname, "../.."),
    simulatorSeed: () => (tenants === undefined ? demo() : scale(tenants)),
    withHost: !values["services-only"],
    onReady: (part, address) => console.log(`  ${part.padEnd(26)} ${address}`),
    onHostLine: (line) => {
      if (values.verbose || /\b(warn|error)\b/i.test(line)) console.log(line);
    },
  });
  stopOnSignal(platform);
  if (platform.host && tenants === undefined && !values.empty) {
    await loadDemoData({ apiUrl: platform.apiUrl, entraUrl: platform.entra.url, now: platform.clock.now() });
    console.log("  Demo data                  loaded through the API");
  }
  const token = await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`);
  console.log(welcomeScreen(platform, token, Math.round((performance.now() - startedAt) / 100) / 10));
}

function stopOnSignal(platform: Platform): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    void platform.close().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

main().catch((error: unknown) => {
  if (error instanceof PortInUseError) {
    const variables = (["api", "control"] as PortName[]).map(portVariable).join(", ");
    console.error(
      `\n${error.message}\nPorts are moved by variables such as ${variables}; "npm start -- --help" tells.`,
    );
  } else {
    console.error(error);
  }
  process.exit(1);
});
