/**
 * Makes a stack trace of the deployed app readable: reads text on standard input, and writes it with our files and lines in
 * place of those of the bundle.
 *
 *   node scripts/read-stack.mjs csp-marketplace-{version}.js.map < stack.txt
 *
 * The map is that of the version which runs; it lies beside the package of the release.
 */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { text } from "node:stream/consumers";

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error("Usage: node scripts/read-stack.mjs <source map> < stack.txt");
  process.exit(2);
}
const map = new SourceMap(JSON.parse(readFileSync(file, "utf8")));
const readable = (await text(process.stdin)).replaceAll(/[^\s()]*index\.js:(\d+):(\d+)/g, (place, line, column) => {
  // Stack traces count from one, source maps from zero.
  const { originalSource, originalLine, originalColumn } = map.findEntry(Number(line) - 1, Number(column) - 1);
  return originalSource === undefined ? place : `${originalSource}:${originalLine + 1}:${originalColumn + 1}`;
});
process.stdout.write(readable);
