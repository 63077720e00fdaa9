/**
 * Makes what is deployed, from the sources; the same sources give the same bytes (with the same Node.js, whose zlib packs them):
 *
 *   node scripts/package.mjs [--out dist/package]
 *
 *   {out}/app/                              the files, as they lie in Azure
 *   {out}/csp-marketplace-{version}.zip     the same, packed
 *   {out}/csp-marketplace-{version}.js.map  the source map. It is not deployed, because every cold start would read it;
 *                                           read-stack.mjs puts it to use
 */
import { createWriteStream, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import yazl from "yazl";
import { buildApp, root } from "./build-app.mjs";

/** Everything the app needs at run time, sorted. A file is added here or it is not deployed. */
const FILES = ["assets/swagger-ui-bundle.js", "assets/swagger-ui.css", "host.json", "index.js", "package.json"];
/** Zip keeps local time without a zone: the same clock face everywhere is the same bytes everywhere. */
const SAME_FOR_ALL = { mtime: new Date(2000, 0, 1), forceDosTimestamp: true, mode: 0o100644 };

const { values } = parseArgs({ options: { out: { type: "string", default: path.join(root, "dist/package") } } });
const out = path.resolve(values.out);
const app = path.join(out, "app");
const { name, version, license, type, engines } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

rmSync(app, { recursive: true, force: true });
mkdirSync(app, { recursive: true });
await buildApp(app, { sourceMap: "external" });
moveMap(path.join(app, "index.js.map"), path.join(out, `${name}-${version}.js.map`));
writeFileSync(path.join(app, "host.json"), readFileSync(path.join(root, "host.json")));
const manifest = { name, version, private: true, license, type, main: "index.js", engines };
writeFileSync(path.join(app, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
// For tools that pack the folder themselves and run npm in it before.
writeFileSync(path.join(app, ".funcignore"), "package-lock.json\n");

const target = path.join(out, `${name}-${version}.zip`);
await pack(target);
console.log(`${path.relative(process.cwd(), target)}: ${size(target)}`);
for (const file of FILES) console.log(`  ${file.padEnd(28)} ${size(path.join(app, file))}`);

/** The map must not tell where it was made: its sources are named from the root of the repository. */
function moveMap(from, to) {
  const map = JSON.parse(readFileSync(from, "utf8"));
  // Some packages bring maps of their own, whose sources are addresses and no files.
  const fromRoot = (source) => path.relative(root, path.resolve(app, source)).replaceAll(path.sep, "/");
  const sources = map.sources.map((source) => (source.includes("://") ? source : fromRoot(source)));
  writeFileSync(to, JSON.stringify({ ...map, sources }));
  rmSync(from);
}

async function pack(target) {
  const zip = new yazl.ZipFile();
  for (const file of FILES) zip.addBuffer(readFileSync(path.join(app, file)), file, SAME_FOR_ALL);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target));
}

function size(file) {
  return `${(statSync(file).size / 1e6).toFixed(1)} MB`;
}
