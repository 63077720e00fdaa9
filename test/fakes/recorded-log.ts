import type { Log } from "../../shared/domain/access/log";

export interface LogLine {
  level: "info" | "warn" | "error";
  message: string;
}

/** A log that keeps what it was told. */
export function recordedLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine["level"]) =>
    (message: string): void =>
      void lines.push({ level, message });
  return { lines, info: at("info"), warn: at("warn"), error: at("error") };
}
