import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { Exploration } from "./explore";
import { patched, REMOVALS, type Rule } from "./rules";

/**
 * Explores with one rule taken out of the product's own text, in a bundle of its own; `root` is the repository, which
 * stays as it is. The explorer does not know that anything is missing.
 */
export async function exploreWithout(rule: Rule, root: string): Promise<Exploration> {
  const { patches, scope } = REMOVALS[rule];
  const folder = mkdtempSync(path.join(tmpdir(), "without-rule-"));
  try {
    const bundle = path.join(folder, `without-${rule}.cjs`);
    const files = new Set(patches.map(({ file }) => path.join(root, file)));
    await build({
      absWorkingDir: root,
      ...{ bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "warning" },
      entryPoints: ["test/model/explore-once.ts"],
      outfile: bundle,
      plugins: [
        {
          name: "without-rule",
          setup({ onLoad }) {
            onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
              if (!files.has(file)) return undefined;
              return { contents: textWithout(rule, root, file), loader: "ts" };
            });
          },
        },
      ],
    });
    return Exploration.parse(JSON.parse(execFileSync(process.execPath, [bundle, JSON.stringify(scope)], OUTPUT)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const OUTPUT = { encoding: "utf8", maxBuffer: 2 ** 24 } as const;

/** The text of a file without the rule; every patch of it is applied. */
function textWithout(rule: Rule, root: string, file: string): string {
  const own = REMOVALS[rule].patches.filter((patch) => path.join(root, patch.file) === file);
  return own.reduce(patched, readFileSync(file, "utf8"));
}
