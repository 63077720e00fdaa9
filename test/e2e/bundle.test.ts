import { readFileSync } from "node:fs";
import path from "node:path";
import type { app } from "@azure/functions";
import { createApp } from "../../functions/create-app";
import { inspectApp } from "../../local/functions-host/host-process";
import { readConfig } from "../../shared/config";
import { createLogger } from "../../shared/logger";
import { createTelemetry } from "../../shared/telemetry/create-telemetry";

const repository = path.resolve(__dirname, "../..");

function sampleSettings(): Record<string, string> {
  const text = readFileSync(path.join(repository, "local.settings.sample.json"), "utf8");
  return (JSON.parse(text) as { Values: Record<string, string> }).Values;
}

/** What the source registers, in the words of the host's list. */
function registeredBySource(): string[] {
  const found: string[] = [];
  const recorder: Pick<typeof app, "http" | "timer" | "serviceBusQueue"> = {
    http: (name, { methods = [], route = "", authLevel = "" }) => {
      found.push(`${name} http ${methods.join(",")} /${route} ${authLevel}`);
    },
    timer: (name, { schedule }) => {
      found.push(`${name} timer ${schedule}`);
    },
    serviceBusQueue: (name, { queueName, isSessionsEnabled }) => {
      found.push(`${name} serviceBus ${queueName}${isSessionsEnabled ? " sessions" : ""}`);
    },
  };
  const telemetry = createTelemetry({ write: () => undefined });
  const clock = (): Date => new Date();
  createApp(readConfig(sampleSettings()), createLogger({ level: "error" }), clock, telemetry).register(recorder);
  return found.sort();
}

test("the bundle that Azure runs registers the same functions as the source", async () => {
  const listed = await inspectApp({ appDir: repository, env: sampleSettings() });
  expect(listed).toEqual(registeredBySource());
  expect(listed).toContain("applyChange serviceBus changes sessions");
});
