/**
 * Builds a release of the app into a folder, as it would be deployed: `node build-release.mjs <folder> <release>`. `this` is
 * what is checked out. The others are made of the same sources as the release after it: their data version is one higher,
 * changes and messages have fields more, and `exclusive` lets no older release read its changes and their messages.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildApp, root } from "../../scripts/build-app.mjs";

const NO_VERSIONS = "export const DATA_VERSIONS: readonly DataVersion[] = [];";

/** File → what is written in place of what: each once. */
const NEXT = {
  "shared/domain/changes/change.ts": [
    // Fields at the top of a change's row, in a list inside it, and in the row of its lane.
    ["  batchId: BatchId.optional(),", '  batchId: BatchId.optional(),\n  costCentre: z.string().default("4711"),'],
    [
      "  looks: z.int().nonnegative().default(0),",
      "  looks: z.int().nonnegative().default(0),\n  region: z.string().optional(),",
    ],
    ["  verifiedQuantity: z.int().optional(),", "  verifiedQuantity: z.int().optional(),\n  tier: z.int().default(7),"],
  ],
  "shared/domain/changes/open-intent.ts": [["    looks: 0,\n  };", '    looks: 0,\n    region: "westeurope",\n  };']],
  "shared/domain/changes/save-transition.ts": [
    ["changeId: change.id, n };\n  decision.send", 'changeId: change.id, n, sentBy: "next" };\n  decision.send'],
  ],
};
const ADDITIVE = [NO_VERSIONS, "export const DATA_VERSIONS: readonly DataVersion[] = [{}];"];
const EXCLUSIVE = [
  NO_VERSIONS,
  `export const DATA_VERSIONS: readonly DataVersion[] = [{
    rowReadableFrom: (_value, { row }) => (row.startsWith("change_") ? 2 : 1),
    messageReadableFrom: ({ queue }) => (queue === "changes" ? 2 : 1),
  }];`,
];
const VERSIONS = "shared/domain/decisions/data-versions.ts";

const RELEASES = {
  this: {},
  additive: { ...NEXT, [VERSIONS]: [ADDITIVE] },
  exclusive: { ...NEXT, [VERSIONS]: [EXCLUSIVE] },
};

/** An esbuild plugin that edits sources on their way into the bundle. An edit that does not fit fails the build. */
function edited(edits) {
  return {
    name: "next-release",
    setup(build) {
      const left = new Set(Object.keys(edits));
      build.onLoad({ filter: /\/shared\/.*\.ts$/ }, ({ path: file }) => {
        const name = path.relative(root, file).replaceAll(path.sep, "/");
        if (!left.delete(name)) return undefined;
        const contents = edits[name].reduce(
          (source, [from, to]) => {
            if (source.split(from).length !== 2) throw new Error(`${name} does not hold this once: ${from}`);
            return source.replace(from, () => to);
          },
          readFileSync(file, "utf8"),
        );
        return { contents, loader: "ts" };
      });
      build.onEnd(() => {
        if (left.size > 0) throw new Error(`Not part of the app: ${[...left].join(", ")}`);
      });
    },
  };
}

const [folder, release] = process.argv.slice(2);
await buildApp(folder, { sourceMap: "linked", plugins: [edited(RELEASES[release])] });
cpSync(path.join(root, "host.json"), path.join(folder, "host.json"));
writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "commonjs", main: "index.js" }));
