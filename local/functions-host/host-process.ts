import type { ChildProcess } from "node:child_process";
import { PortInUseError, type StandIn } from "../stand-in";
import type { VirtualClock } from "../virtual-clock";
import type { CorsOptions } from "./cors";
import { askToStop, endProcess, firstAnswer, forkHost, moveClock, writeLine } from "./host-child";
import { FUNCTION_TIMEOUT_EXIT_CODE, type FromHost } from "./host-messages";

export interface HostProcessOptions {
  /** Folder with host.json and package.json of the app. */
  appDir: string;
  /** Settings of the app: its whole environment, beside the few variables that a process needs to run at all. */
  env: Readonly<Record<string, string | undefined>>;
  /** 0 or absent: any free port. A restart keeps the port. */
  port?: number;
  /** Every start of the host takes this clock's time; moves while it runs are passed on by `setClock`. */
  clock?: VirtualClock;
  /** Only warnings and worse. */
  quiet?: boolean;
  /** Other origins that browsers may call the app from; absent: none. */
  cors?: CorsOptions;
  /** The built host; absent: `dist/local/functions-host/main.js` of this checkout. */
  scriptPath?: string;
  /** Start again by itself after an unexpected end. After a function timeout it does so in any case. */
  restartOnCrash?: boolean;
  /** Takes every line that host and app write; absent: standard output. */
  onLine?: (line: string) => void;
}

export interface HostExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether a new process is being started. */
  restarting: boolean;
}

/** The Functions host in a process of its own, so that it can be killed while queues and tables live on. */
export interface HostProcess extends StandIn {
  /** 0 while no process runs. */
  readonly pid: number;
  readonly functions: readonly string[];
  /** Functions that are registered but cannot run, and why. */
  readonly errors: readonly string[];
  /** Ends the process, by default with SIGKILL; resolves when it is gone. It stays down until `restart`. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** A new process on the same port with the same settings; the old one is stopped first. */
  restart(): Promise<void>;
  /** Moves the host's clock; resolves when every timer that fell due has started. */
  setClock(offsetMs: number): Promise<void>;
  /** Calls `listener` when the process ends without being asked to. Returns what removes it. */
  onExit(listener: (exit: HostExit) => void): () => void;
}

const RESTART_PAUSE_MS = 250;

interface RunningChild {
  process: ChildProcess;
  url: string;
  functions: string[];
  errors: string[];
}

/**
 * Starts the host as a child process and resolves when it serves. Throws PortInUseError, or an error with what the app
 * or its settings are wrong about.
 */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const exitListeners = new Set<(exit: HostExit) => void>();
  let givenOffsetMs = 0;
  let current: RunningChild | undefined;
  let restartTimer: NodeJS.Timeout | undefined;
  let lastClockId = 0;
  let lastTurn: Promise<unknown> = Promise.resolve();

  /** Starts and stops happen one after another: a stop during a start would leave a process behind. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(step);
    lastTurn = turn.catch(() => undefined);
    return turn;
  };

  const start = async (port: number): Promise<RunningChild> => {
    const child = await startChild(options, port, options.clock?.offsetMs ?? givenOffsetMs);
    child.process.once("exit", (code, signal) => onExit(child, code, signal));
    current = child;
    return child;
  };

  const onExit = (child: RunningChild, code: number | null, signal: NodeJS.Signals | null) => {
    // Whoever stops a process on purpose forgets it first.
    if (current !== child) return;
    current = undefined;
    const restarting = options.restartOnCrash === true || code === FUNCTION_TIMEOUT_EXIT_CODE;
    if (restarting) restartTimer = setTimeout(() => void restart().catch(reportFailedRestart), RESTART_PAUSE_MS);
    for (const listener of exitListeners) listener({ code, signal, restarting });
  };

  const reportFailedRestart = (error: unknown) => {
    const line = `The Functions host could not be started again: ${error instanceof Error ? error.message : String(error)}`;
    (options.onLine ?? writeLine)(line);
  };

  const end = async (how: (child: ChildProcess) => void): Promise<void> => {
    clearTimeout(restartTimer);
    const child = current;
    current = undefined;
    if (child) await endProcess(child.process, how);
  };

  const first = await start(options.port ?? 0);
  const port = Number(new URL(first.url).port);
  let known = first;

  function restart(): Promise<void> {
    return inTurn(async () => {
      await end(askToStop);
      known = await start(port);
    });
  }

  return {
    url: first.url,
    port,
    get pid() {
      return current?.process.pid ?? 0;
    },
    get functions() {
      return known.functions;
    },
    get errors() {
      return known.errors;
    },
    restart,
    reset: restart,
    kill: (signal = "SIGKILL") => inTurn(() => end((child) => child.kill(signal))),
    close: () => inTurn(() => end(askToStop)),
    async setClock(next) {
      givenOffsetMs = next;
      if (current) await moveClock(current.process, next, ++lastClockId);
    },
    onExit(listener) {
      exitListeners.add(listener);
      return () => void exitListeners.delete(listener);
    },
  };
}

/** Loads an app without serving it and returns its functions with their triggers, one line each, sorted. */
export async function inspectApp(
  options: Pick<HostProcessOptions, "appDir" | "env" | "scriptPath">,
): Promise<string[]> {
  const child = forkHost({ ...options, quiet: true, onLine: () => undefined }, ["--list"]);
  const answer = await firstAnswer(child);
  await endProcess(child, askToStop);
  if (answer.type !== "listed") throw new Error(failure(answer));
  return answer.functions;
}

async function startChild(options: HostProcessOptions, port: number, offsetMs: number): Promise<RunningChild> {
  const child = forkHost(options, [`--port=${port}`, `--clock-offset=${offsetMs}`, ...corsArguments(options.cors)]);
  const answer = await firstAnswer(child);
  if (answer.type === "ready") {
    return { process: child, url: answer.url, functions: answer.functions, errors: answer.errors };
  }
  await endProcess(child, askToStop);
  if (answer.type === "failed" && answer.portInUse) throw new PortInUseError("The Functions host", port);
  throw new Error(failure(answer));
}

function corsArguments(cors: CorsOptions | undefined): string[] {
  if (cors === undefined) return [];
  return [`--cors=${cors.origins.join(",")}`, ...(cors.credentials ? ["--cors-credentials"] : [])];
}

function failure(answer: FromHost): string {
  return `The Functions host did not start: ${answer.type === "failed" ? answer.message : `it said ${answer.type}`}`;
}
