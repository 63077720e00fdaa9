import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { PORT_NAMES, portVariable } from "../../local/platform/ports";

const REPOSITORY = path.resolve(__dirname, "../..");

/** Every port as free as the machine gives it. */
export const ANY_PORT_VARIABLES: Readonly<Record<string, string>> = Object.fromEntries(
  PORT_NAMES.map((name) => [portVariable(name), "0"]),
);

/** A program of `dist/local` in a process of its own. */
export interface Program {
  readonly process: ChildProcess;
  readonly output: string;
  /** Resolves with the match as soon as the output has it; rejects with the output when the program ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or the signal it died of. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const started = new Set<ChildProcess>();

/** Starts `dist/local/{script}` on free ports. `endPrograms` ends what is left of all of them. */
export function startProgram(script: string, args: string[], environment: Record<string, string> = {}): Program {
  const file = path.join(REPOSITORY, "dist/local", script);
  return watch(
    spawn(process.execPath, ["--enable-source-maps", file, ...args], {
      cwd: REPOSITORY,
      env: { ...process.env, ...ANY_PORT_VARIABLES, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

export function watch(child: ChildProcess): Program {
  started.add(child);
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("exit", (code, signal) => {
      started.delete(child);
      resolve(code ?? signal);
    });
  });
  return {
    process: child,
    get output() {
      return output;
    },
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output);
          if (!match) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then(() => {
          look();
          reject(new Error(`It ended without saying ${pattern}:\n${output}`));
        });
      }),
  };
}

/** For afterEach: no test leaves a process behind. */
export async function endPrograms(): Promise<void> {
  const children = [...started];
  const gone = children.map((child) => new Promise((resolve) => child.once("exit", resolve)));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(gone);
}

/** Whether a process runs. One that has ended and that nobody has asked for yet does not. */
export function isRunning(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return state !== "" && !state.startsWith("Z");
  } catch {
    return false;
  }
}

/** Ids of the running processes whose command line contains `text`. */
export function processesWith(text: string): number[] {
  return execFileSync("ps", ["-eo", "pid=,stat=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(text) && !/^\s*\d+\s+Z/.test(line))
    .map((line) => Number.parseInt(line, 10));
}
