import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Platform } from "../platform/start-platform";
import { addresses } from "./welcome-screen";

const Sample = z.object({
  Values: z.record(z.string(), z.string()),
  Host: z.object({ LocalHttpPort: z.int() }),
});

/** What `npm run start:services` says: how to run the app against the stand-ins with Core Tools. */
export function servicesScreen(platform: Platform, appDir: string, seconds: number): string {
  const sample = Sample.parse(JSON.parse(readFileSync(path.join(appDir, "local.settings.sample.json"), "utf8")));
  const different = Object.entries(platform.settings).filter(([name, value]) => sample.Values[name] !== value);
  const apiPort = Number(new URL(platform.apiUrl).port);
  const port = apiPort === sample.Host.LocalHttpPort ? "" : ` --port ${apiPort}`;
  return `
The stand-ins run, ready after ${seconds} s; the Functions host is yours. Ctrl-C stops all of them.

${addresses(platform)}

  Run the app, in another shell:
    npm run build
    cp local.settings.sample.json local.settings.json
${different.length === 0 ? "" : changedValues(different)}    func start${port}
`;
}

/** Ports were moved, so the sample does not fit as it is. */
function changedValues(values: [string, string][]): string {
  const lines = JSON.stringify(Object.fromEntries(values), null, 2).split("\n").slice(1, -1);
  return `    # in local.settings.json, change these Values:\n${lines.map((line) => `    ${line}`).join("\n")}\n`;
}
