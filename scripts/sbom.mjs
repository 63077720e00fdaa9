/**
 * Writes what the deployed app is made of: `{out}/csp-marketplace-{version}.cdx.json`, a CycloneDX software bill of materials by
 * `npm sbom`, of exactly the packages whose code is in the deployment package. Tools and tests are not part of the product.
 *
 *   node scripts/sbom.mjs [--out dist/sbom]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildApp, root } from "./build-app.mjs";

const { values } = parseArgs({ options: { out: { type: "string", default: path.join(root, "dist/sbom") } } });
const { name, version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

const folder = mkdtempSync(path.join(tmpdir(), "csp-sbom-"));
const shipped = new Set();
try {
  const packages = await buildApp(folder, { sourceMap: "external" });
  for (const one of packages) shipped.add(`${one.name}@${one.version}`);
} finally {
  rmSync(folder, { recursive: true });
}

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const all = JSON.parse(
  execFileSync(npm, ["sbom", "--sbom-format", "cyclonedx"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1e8,
    stdio: ["ignore", "pipe", "ignore"],
  }),
);
const idOf = (component) => `${component.name}@${component.version}`;
const components = all.components.filter((component) => shipped.has(idOf(component)));
const missing = [...shipped].filter((id) => !components.some((component) => idOf(component) === id));
if (missing.length > 0) throw new Error(`npm does not know what is in the bundle: ${missing.join(", ")}`);

const product = all.metadata.component["bom-ref"];
const refs = new Set([product, ...components.map((component) => component["bom-ref"])]);
const dependencies = all.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
const metadata = { ...all.metadata, component: { ...all.metadata.component, name, type: "application" } };

mkdirSync(values.out, { recursive: true });
const target = path.join(values.out, `${name}-${version}.cdx.json`);
writeFileSync(target, `${JSON.stringify({ ...all, metadata, components, dependencies }, null, 2)}\n`);
console.log(`${path.relative(process.cwd(), target)}: ${components.length} packages`);
