import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { FromHost, STOP_LIMIT_MS, type ToHost } from "./host-messages";

export interface HostChildOptions {
  appDir: string;
  env: Readonly<Record<string, string | undefined>>;
  quiet?: boolean;
  scriptPath?: string;
  onLine?: (line: string) => void;
}

/** Variables that programs need to run at all; everything else the app sees comes from `env`. */
const INHERITED = ["PATH", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "SystemRoot", "NODE_EXTRA_CA_CERTS"];

/** Starts the host program; its lines go to `onLine`. */
export function forkHost(options: HostChildOptions, more: string[]): ChildProcess {
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  const child = fork(
    options.scriptPath ?? findBuiltHost(),
    ["--app", options.appDir, ...(options.quiet ? ["--quiet"] : []), ...more],
    {
      env: { ...inherited, ...options.env },
      execArgv: ["--enable-source-maps"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", options.onLine ?? writeLine);
  }
  return child;
}

/** Whether this file runs from source or inside a bundle, the checkout is somewhere above it. */
function findBuiltHost(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const script = path.join(folder, "dist", "local", "functions-host", "main.js");
    if (existsSync(script)) return script;
    if (folder === path.dirname(folder)) {
      throw new Error("The Functions host is not built. Run: node scripts/build.mjs --local");
    }
  }
}

export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The first message of a new process. One that ends without a word is a failed start. */
export function firstAnswer(child: ChildProcess): Promise<FromHost> {
  return new Promise((resolve, reject) => {
    child.once("message", (raw) => resolve(FromHost.parse(raw)));
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve({
        type: "failed",
        message: `its process ended at once (${signal ?? `exit code ${code}`})`,
        portInUse: false,
      }),
    );
  });
}

/** Resolves when the host has taken the time and started what fell due, or when it is gone. */
export function moveClock(child: ChildProcess, offsetMs: number, id: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      child.off("message", onMessage);
      child.off("exit", finish);
      resolve();
    };
    const onMessage = (raw: unknown) => {
      const message = FromHost.safeParse(raw);
      if (message.success && message.data.type === "clock" && message.data.id === id) finish();
    };
    child.on("message", onMessage);
    // A process that dies meanwhile starts again with the new time.
    child.once("exit", finish);
    send(child, { type: "clock", offsetMs, id });
  });
}

export function askToStop(child: ChildProcess): void {
  send(child, { type: "stop" });
}

function send(child: ChildProcess, message: ToHost): void {
  // A channel that closes meanwhile means that the process ends, which is waited for elsewhere.
  if (child.connected) child.send(message, () => undefined);
}

/** Ends a process in the given way, and by force when it does not follow. Resolves when it is gone. */
export async function endProcess(child: ChildProcess, how: (child: ChildProcess) => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  const force = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS + 400);
  how(child);
  await gone;
  clearTimeout(force);
}
