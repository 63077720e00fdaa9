import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { scale } from "../local/partner-center-simulator/presets/scale";
import { startSimulator } from "../local/partner-center-simulator/start-simulator";
import { DEFAULT_PORTS, portVariable, type PortName } from "../local/platform/ports";
import { REPOSITORY } from "./bench-system";
import { residentBytesOfGroup } from "./process-memory";

export interface StartResult {
  /** From the command, its build included, until it says that it is ready. */
  seconds: number;
  memory: { platform: number; host: number };
}

const STOP_LIMIT_MS = 10_000;

/** Runs `npm start` on free ports until it is usable, and ends it as Ctrl-C does. */
export async function measureNpmStart(...options: string[]): Promise<StartResult> {
  const startedAt = performance.now();
  // A process group of its own: a signal to it reaches npm and everything below, as from a terminal.
  const command = spawn("npm", ["start", "--", ...options], {
    cwd: REPOSITORY,
    detached: true,
    env: { ...process.env, ...freePorts() },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endWithBench = (): void => {
    if (command.pid !== undefined) signalGroup(command.pid, "SIGKILL");
  };
  process.once("exit", endWithBench);
  try {
    await readyLine(command);
    const seconds = (performance.now() - startedAt) / 1000;
    const memory = {
      platform: await residentBytesOfGroup(command.pid, "dist/local/start.js"),
      host: await residentBytesOfGroup(command.pid, "functions-host/main.js"),
    };
    return { seconds, memory };
  } finally {
    await endGroup(command);
    process.removeListener("exit", endWithBench);
  }
}

export interface LoadResult {
  seconds: number;
  tenants: number;
  subscriptions: number;
}

/** Time until the simulator alone serves so many generated tenants, making them included. */
export async function measureSimulatorLoad(tenants: number): Promise<LoadResult> {
  const startedAt = performance.now();
  const simulator = await startSimulator({ seed: scale(tenants) });
  const seconds = (performance.now() - startedAt) / 1000;
  const { customers, subscriptions } = simulator.simulation.world;
  const result = { seconds, tenants: customers.size, subscriptions: subscriptions.size };
  await simulator.close();
  return result;
}

function freePorts(): Record<string, string> {
  return Object.fromEntries((Object.keys(DEFAULT_PORTS) as PortName[]).map((name) => [portVariable(name), "0"]));
}

function readyLine(command: ChildProcess): Promise<void> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    for (const stream of [command.stdout, command.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (/ready after [\d.]+ s/.test(line)) resolve();
      });
    }
    command.once("error", reject);
    command.once("exit", (code) =>
      reject(new Error(`npm start ended with ${code ?? "a signal"}:\n${lines.join("\n")}`)),
    );
  });
}

/** Stops all of it; what does not stop in time is ended, and that is an error. */
async function endGroup({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined || !signalGroup(pid, "SIGINT")) return;
  const deadline = performance.now() + STOP_LIMIT_MS;
  while (signalGroup(pid, 0)) {
    if (performance.now() > deadline) {
      signalGroup(pid, "SIGKILL");
      throw new Error("npm start left a process behind.");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** False when the group has no process any more; signal 0 only asks. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
