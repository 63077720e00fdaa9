/**
 * Builds what runs: `dist/functions/index.js` (the one bundle Azure runs, with source map) and, with `--local`, the
 * programs of the local platform beside it.
 */
import { build } from "esbuild";
import { existsSync, mkdirSync, cpSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const withLocal = process.argv.includes("--local");
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  logLevel: "warning",
};

const functionsEntry = "functions/index.ts";
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
].filter((file) => existsSync(path.join(root, file)));

const jobs = [];
if (existsSync(path.join(root, functionsEntry))) {
  jobs.push(
    build({
      ...common,
      entryPoints: [functionsEntry],
      outfile: "dist/functions/index.js",
      sourcemap: "linked",
      // A stack trace needs names and lines, not the sources again; every byte is read at a cold start.
      sourcesContent: false,
      minifySyntax: true,
      minifyWhitespace: true,
      // Node.js prints the line of an uncaught error: it must not be the whole program.
      lineLimit: 160,
      // The worker provides this module at run time; a bundled copy would never meet the host.
      external: ["@azure/functions-core"],
    }),
  );
}
if (withLocal && localEntries.length > 0) {
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

const referencePage = path.join(root, "node_modules/swagger-ui-dist");
if (existsSync(referencePage)) {
  const target = path.join(root, "dist/functions/assets");
  mkdirSync(target, { recursive: true });
  for (const file of ["swagger-ui-bundle.js", "swagger-ui.css"])
    cpSync(path.join(referencePage, file), path.join(target, file));
}
