import type { LogLevel } from "./core-api";

interface LogEntry {
  level: LogLevel;
  message: string;
  /** The function that speaks; absent: the host itself. */
  functionName?: string | undefined;
}

export type Log = (entry: LogEntry) => void;

const RANK: Record<LogLevel, number> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

export interface LogOptions {
  /** Only warnings and worse. */
  quiet: boolean;
  now: () => number;
  write: (line: string) => void;
}

/** Writes `time level function: message`, always one line per entry: line breaks inside a message become ` | `. */
export function createLog({ quiet, now, write }: LogOptions): Log {
  const lowest: LogLevel = quiet ? "warning" : "information";
  return ({ level, message, functionName }) => {
    if (level === "none" || RANK[level] < RANK[lowest]) return;
    const oneLine = message.trim().replace(/\s*[\r\n]+\s*/g, " | ");
    write(`${new Date(now()).toISOString()} ${level} ${functionName ?? "host"}: ${oneLine}\n`);
  };
}

/** Apps may throw anything. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

export function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
