import path from "node:path";
import { parseArgs } from "node:util";
import { createHostClock, type HostClock } from "./clock";
import type { CorsOptions } from "./cors";
import { startHost, type Host } from "./host";
import { FUNCTION_TIMEOUT_EXIT_CODE, STOP_LIMIT_MS, ToHost, type FromHost } from "./host-messages";
import { listFunctions } from "./list-functions";
import { createLog, errorText, type Log } from "./log";

const USAGE = `Usage: node main.js --app <folder> [--port 7071] [--clock-offset <ms>] [--quiet] [--list]
                    [--cors <origin>,<origin>] [--cors-credentials]
Serves the Azure Functions app in <folder> on 127.0.0.1. Its settings are the environment variables.`;

interface Arguments {
  appDir: string;
  port: number;
  clockOffsetMs: number;
  quiet: boolean;
  list: boolean;
  cors: CorsOptions;
}

/** Time that answers and settlements of a timed-out function have before the process ends. */
const TIMEOUT_GRACE_MS = 1_000;

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      app: { type: "string" },
      port: { type: "string", default: "7071" },
      "clock-offset": { type: "string", default: "0" },
      quiet: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      cors: { type: "string", default: "" },
      "cors-credentials": { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  const clockOffsetMs = Number(values["clock-offset"]);
  if (values.app === undefined) throw new Error("--app is missing.");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`"${values.port}" is not a port.`);
  if (!Number.isFinite(clockOffsetMs)) throw new Error(`"${values["clock-offset"]}" is not a number of milliseconds.`);
  const cors = {
    origins: values.cors.split(",").filter((origin) => origin !== ""),
    credentials: values["cors-credentials"],
  };
  return { appDir: path.resolve(values.app), port, clockOffsetMs, quiet: values.quiet, list: values.list, cors };
}

/** Resolves when the parent has the message, or at once without a parent. */
function tell(message: FromHost): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

async function fail(log: Log, error: unknown): Promise<never> {
  const portInUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  const message = error instanceof Error ? error.message : String(error);
  log({ level: "error", message: `The host could not start. ${errorText(error)}` });
  if (error instanceof Error && error.cause !== undefined) log({ level: "error", message: errorText(error.cause) });
  await tell({ type: "failed", message, portInUse });
  return process.exit(1);
}

async function serve(options: Arguments, clock: HostClock, log: Log): Promise<void> {
  let exiting = false;
  const running: { host?: Host } = {};
  const exit = async (code: number, limitMs: number) => {
    if (exiting) return;
    exiting = true;
    await running.host?.stop(limitMs).catch((error: unknown) => log({ level: "error", message: errorText(error) }));
    process.exit(code);
  };
  const crash = (error: unknown) => {
    // What an SDK's abandoned wait rejects with during a stop is of no interest.
    if (exiting) return;
    log({ level: "critical", message: `The worker process crashed. ${errorText(error)}` });
    process.exit(1);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  process.on("SIGINT", () => void exit(0, STOP_LIMIT_MS));
  process.on("SIGTERM", () => void exit(0, STOP_LIMIT_MS));
  process.on("disconnect", () => void exit(0, STOP_LIMIT_MS));
  process.on("message", (raw) => {
    const message = ToHost.parse(raw);
    if (message.type === "stop") void exit(0, STOP_LIMIT_MS);
    else void clock.setOffset(message.offsetMs).then(() => tell({ type: "clock", id: message.id }));
  });

  const host = await startHost({
    appDir: options.appDir,
    port: options.port,
    env: process.env,
    cors: options.cors,
    clock,
    log,
    onTimeout: () => {
      log({ level: "error", message: "A function timed out: the worker process ends and is to be started again." });
      void exit(FUNCTION_TIMEOUT_EXIT_CODE, TIMEOUT_GRACE_MS);
    },
  });
  running.host = host;
  const { url, functions, errors } = host;
  log({ level: "information", message: `${functions.length} functions are served on ${url}` });
  await tell({ type: "ready", url, functions, errors });
}

async function main(): Promise<void> {
  const options = readArguments();
  const clock = createHostClock(options.clockOffsetMs);
  const write = (line: string) => void process.stdout.write(line);
  const log = createLog({ quiet: options.quiet, now: () => clock.nowMs(), write });
  try {
    if (!options.list) {
      await serve(options, clock, log);
      return;
    }
    const functions = await listFunctions(options.appDir, log);
    if (process.send) await tell({ type: "listed", functions });
    else console.log(functions.join("\n"));
    process.exit(0);
  } catch (error) {
    await fail(log, error);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exit(2);
});
