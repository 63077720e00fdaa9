/**
 * Builds what runs on one machine: `dist/functions/`, the app, and, with `--local`, the programs of the local platform beside
 * it. What is deployed is made by `package.mjs`.
 */
import { build } from "esbuild";
import path from "node:path";
import { buildApp, common, root } from "./build-app.mjs";

const localEntries = [
  "functions/commands/main.ts",
  "local/start.ts",
  "local/functions-host/main.ts",
  "local/partner-center-simulator/main.ts",
  "local/demo/tour.ts",
  "local/demo/onboarding.ts",
  "bench/bench.ts",
  "test/fault/main.ts",
  "test/model/main.ts",
];

const jobs = [buildApp(path.join(root, "dist/functions"), { sourceMap: "linked" })];
if (process.argv.includes("--local")) {
  jobs.push(
    build({
      ...common,
      entryPoints: localEntries,
      outdir: "dist",
      outbase: ".",
      packages: "external",
      sourcemap: "linked",
    }),
  );
}
await Promise.all(jobs);
