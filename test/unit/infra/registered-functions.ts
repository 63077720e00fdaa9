import { readFileSync } from "node:fs";
import path from "node:path";
import { createApp } from "../../../functions/create-app";
import { readConfig } from "../../../shared/config";
import { createLogger } from "../../../shared/logger";
import { createTelemetry } from "../../../shared/telemetry/create-telemetry";

/** Names of what the app registers, by kind of trigger. Nothing is connected. */
export function registeredFunctions(): { http: string[]; timers: string[]; queues: string[] } {
  const sample = readFileSync(path.resolve(__dirname, "../../../local.settings.sample.json"), "utf8");
  const { Values } = JSON.parse(sample) as { Values: Record<string, string> };
  const found = { http: [] as string[], timers: [] as string[], queues: [] as string[] };
  const telemetry = createTelemetry({ write: () => undefined });
  const log = createLogger({ level: "error" });
  createApp(readConfig(Values), log, () => new Date(), telemetry).register({
    http: (name) => void found.http.push(name),
    timer: (name) => void found.timers.push(name),
    serviceBusQueue: (name) => void found.queues.push(name),
  });
  return found;
}
