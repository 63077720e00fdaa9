import { build } from "esbuild";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** What every build of ours has in common. */
export const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  logLevel: "warning",
};

/**
 * Writes the app into `folder`: all of it as `index.js`, its source map, and the assets of the API reference. `sourceMap`
 * "linked" lets Node.js find the map; "external" leaves the bundle without a word about it. `plugins` are esbuild's.
 */
export async function buildApp(folder, { sourceMap, plugins = [] }) {
  const { metafile } = await build({
    ...common,
    metafile: true,
    entryPoints: ["functions/index.ts"],
    outfile: path.join(folder, "index.js"),
    sourcemap: sourceMap,
    plugins,
    // A stack trace needs names and lines, not the sources again; every byte is read at a cold start.
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    // Node.js prints the line of an uncaught error: it must not be the whole program.
    lineLimit: 160,
    // A package that takes itself for an ES module asks for its own address; here that is the bundle's.
    define: { "import.meta.url": "bundleUrl" },
    banner: { js: 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
    // The worker provides this module at run time; a bundled copy would never meet the host.
    external: ["@azure/functions-core"],
    // Of packages published both ways the ES modules: what nobody imports of them is left out.
    mainFields: ["module", "main"],
  });
  const assets = path.join(folder, "assets");
  mkdirSync(assets, { recursive: true });
  const referencePage = path.dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  for (const file of ["swagger-ui-bundle.js", "swagger-ui.css"])
    cpSync(path.join(referencePage, file), path.join(assets, file));
  const inBundle = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  return packagesOf([...inBundle, path.join(referencePage, "package.json")]);
}

/** The packages these files belong to: the innermost folder below `node_modules` that says what it is called. */
function packagesOf(files) {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const found = [...folders].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(path.resolve(root, folder, "package.json"), "utf8"));
    return { name, version };
  });
  return found.sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}
