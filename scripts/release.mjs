/**
 * Puts together what a release consists of, in `dist/release`:
 *
 *   csp-marketplace-{version}.zip        the deployment package
 *   csp-marketplace-{version}.js.map     its source map, for read-stack.mjs
 *   csp-marketplace-{version}.json       the compiled template, for a deployment without this repository
 *   csp-marketplace-{version}.cdx.json   what the package is made of
 *   SHA256SUMS                           `sha256sum --check SHA256SUMS`
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { findCompiler } from "./bicep-compiler.mjs";
import { root } from "./build-app.mjs";

const { values } = parseArgs({ options: { out: { type: "string", default: path.join(root, "dist/release") } } });
const out = path.resolve(values.out);
const { name, version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const compiler = findCompiler();
if (!compiler) {
  console.error("A release needs the Bicep compiler (BICEP_PATH, bicep on the PATH, or dotnet to fetch it).");
  process.exit(1);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const run = (script) =>
  execFileSync(process.execPath, [path.join(root, "scripts", script), "--out", out], { stdio: "inherit" });
run("package.mjs");
rmSync(path.join(out, "app"), { recursive: true });
run("sbom.mjs");
execFileSync(
  compiler,
  ["build", path.join(root, "infra/main.bicep"), "--outfile", path.join(out, `${name}-${version}.json`)],
  { stdio: "inherit" },
);

const sum = (file) =>
  createHash("sha256")
    .update(readFileSync(path.join(out, file)))
    .digest("hex");
const lines = readdirSync(out)
  .sort()
  .map((file) => `${sum(file)}  ${file}\n`);
writeFileSync(path.join(out, "SHA256SUMS"), lines.join(""));
process.stdout.write(lines.join(""));
