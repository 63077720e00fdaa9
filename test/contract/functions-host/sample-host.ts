import { execFileSync } from "node:child_process";
import path from "node:path";
import {
  startHostProcess,
  type HostProcess,
  type HostProcessOptions,
} from "../../../local/functions-host/host-process";

const root = path.resolve(__dirname, "../../..");
export const sampleApp = path.join(__dirname, "sample-app");

let built: string | undefined;

/** The host as a program, built from the present source; a folder per jest worker, so that builds do not collide. */
export function builtHost(): string {
  if (built !== undefined) return built;
  const outfile = path.join(root, ".cache", `functions-host-${process.env.JEST_WORKER_ID ?? "0"}`, "main.js");
  execFileSync(path.join(root, "node_modules/.bin/esbuild"), [
    path.join(root, "local/functions-host/main.ts"),
    `--outfile=${outfile}`,
    ...["--bundle", "--platform=node", "--target=node20", "--format=cjs", "--packages=external", "--log-level=error"],
  ]);
  built = outfile;
  return outfile;
}

/** What the sample app said through `observe`. */
export interface Observation {
  what: string;
  [detail: string]: unknown;
}

/** Every line of the host and the app, kept over restarts. */
export interface Output {
  readonly lines: string[];
  observed(what: string): Observation[];
  /** Resolves once `condition` holds; looks again whenever there is a new line. */
  until(condition: () => boolean): Promise<void>;
  onLine(line: string): void;
}

const PATIENCE_MS = 15_000;

export function collectOutput(): Output {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  return {
    lines,
    observed: (what) =>
      lines
        .filter((line) => line.startsWith("@@"))
        .map((line) => JSON.parse(line.slice(2)) as Observation)
        .filter((one) => one.what === what),
    until: (condition) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!condition()) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`The condition was not met. Last lines:\n${lines.slice(-30).join("\n")}`));
        }, PATIENCE_MS);
        waiting.add(check);
        check();
      }),
    onLine: (line) => {
      lines.push(line);
      for (const check of waiting) check();
    },
  };
}

/** Opens the admin API of sample hosts that were given no other keys. */
export const masterKey = "the-master-key";

/** Starts a function of a sample host now, through the admin API. */
export function runNow(host: HostProcess, name: string, body = "{}"): Promise<Response> {
  const headers = { "x-functions-key": masterKey };
  return fetch(`${host.url}/admin/functions/${name}`, { method: "POST", headers, body });
}

export interface SampleHost {
  host: HostProcess;
  output: Output;
}

/** Starts the sample app; without a broker its queue functions are in error and everything else runs. */
export async function startSampleHost(options: Partial<HostProcessOptions> = {}): Promise<SampleHost> {
  const output = collectOutput();
  const host = await startHostProcess({
    appDir: sampleApp,
    scriptPath: builtHost(),
    onLine: (line) => output.onLine(line),
    ...options,
    env: {
      WORK_QUEUE: "work",
      SWEEP_SCHEDULE: "0 */5 * * * *",
      FUNCTIONS_HOST_KEYS: JSON.stringify({ master: masterKey }),
      ...options.env,
    },
  });
  return { host, output };
}
