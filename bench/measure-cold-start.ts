import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { endProcess, firstAnswer, forkHost } from "../local/functions-host/host-child";
import { REPOSITORY } from "./bench-system";
import { compare, type Compared } from "./measure";

const PAIRS = 10;
const WARM_UP = 1;
const EMPTY_APP = path.join(REPOSITORY, "bench/empty-app");
const Loaded = z.object({ functions: z.number(), ms: z.number() });

/**
 * Process start until all functions of the package in `appDir` are registered in the local host, against an app with one
 * empty function.
 */
export function measureColdStartInHost(appDir: string): Promise<Compared> {
  const env = sampleSettings();
  return comparePair(appDir, (folder) => listInHost(folder, env));
}

/** The same without the host around it: Node.js and the app alone, which is the hardest comparison. */
export function measureColdStartAlone(appDir: string): Promise<Compared> {
  const env = { ...process.env, ...sampleSettings() };
  return comparePair(appDir, (folder) => loadAlone(folder, env));
}

function comparePair(appDir: string, start: (folder: string) => Promise<number>): Promise<Compared> {
  return compare({ pairs: PAIRS, warmUp: WARM_UP, ours: () => start(appDir), baseline: () => start(EMPTY_APP) });
}

async function listInHost(appDir: string, env: Readonly<Record<string, string>>): Promise<number> {
  const startedAt = performance.now();
  const child = forkHost({ appDir, env, quiet: true, onLine: () => undefined }, ["--list"]);
  const answer = await firstAnswer(child);
  const ms = performance.now() - startedAt;
  await endProcess(child, () => child.kill());
  if (answer.type !== "listed" || answer.functions.length === 0) throw new Error(`${appDir} registered no function.`);
  return ms;
}

async function loadAlone(appDir: string, env: NodeJS.ProcessEnv): Promise<number> {
  const loader = path.join(REPOSITORY, "bench/load-app.cjs");
  const { stdout } = await promisify(execFile)(process.execPath, [loader, appDir], { env });
  const { functions, ms } = Loaded.parse(JSON.parse(stdout));
  if (functions === 0) throw new Error(`${appDir} registered no function.`);
  return ms;
}

/** Complete settings: loading opens no connection, so nothing has to be there. */
function sampleSettings(): Record<string, string> {
  const file = readFileSync(path.join(REPOSITORY, "local.settings.sample.json"), "utf8");
  return z.object({ Values: z.record(z.string(), z.string()) }).parse(JSON.parse(file)).Values;
}
