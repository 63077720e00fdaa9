import { readdirSync } from "node:fs";
import path from "node:path";

const GLOB_CHARACTERS = /[*?{}[\]]/;

/**
 * Files that `main` of an app's package.json names, relative to the app, sorted: one path, or a glob with `*`, `**`,
 * `?` and `{a,b}`. Throws when nothing matches, as the worker does.
 */
export function findEntryFiles(appDir: string, main: string): string[] {
  const pattern = main.replaceAll("\\", "/").replace(/^\.\//, "");
  if (!GLOB_CHARACTERS.test(pattern)) return [pattern];
  const matchers = expandBraces(pattern).map(toRegExp);
  const files = listFiles(appDir).filter((file) => matchers.some((matcher) => matcher.test(file)));
  if (files.length === 0) throw new Error(`Found zero files matching the supplied pattern "${main}" in ${appDir}.`);
  return files.sort();
}

function expandBraces(pattern: string): string[] {
  const group = /\{([^{}]*)\}/.exec(pattern);
  if (!group) return [pattern];
  const before = pattern.slice(0, group.index);
  const after = pattern.slice(group.index + group[0].length);
  return (group[1] ?? "").split(",").flatMap((choice) => expandBraces(before + choice + after));
}

function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|[.+^$()|[\]\\{}]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

function listFiles(appDir: string): string[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(path.join(appDir, folder), { withFileTypes: true })) {
      const relative = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) found.push(relative);
      else if (entry.name !== "node_modules") walk(relative);
    }
  };
  walk("");
  return found;
}
