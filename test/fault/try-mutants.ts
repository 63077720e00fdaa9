import { readFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { MUTANTS, mutate, type Mutant } from "./mutants";
import { playElsewhere } from "./play-elsewhere";

/** The folder of the sources, seen from where this file is built to. */
const ROOT = path.resolve(__dirname, "../../..");

/**
 * Plays each mutant until a run fails, `jobs` of them at a time. True when every one was caught within so many runs; one
 * that was not means that the runs would not notice if its rule were lost.
 */
export async function tryMutants(runs: number, jobs: number, say: (text: string) => void): Promise<boolean> {
  const waiting = [...MUTANTS];
  let caught = 0;
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      // One that no longer fits the code must not hide what becomes of the others.
      const story = await tryMutant(mutant, runs).catch((error: unknown) => ({
        isCaught: false,
        text: `NOT TRIED: ${error instanceof Error ? error.message : String(error)}`,
      }));
      caught += story.isCaught ? 1 : 0;
      say(story.text);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  say(`${caught} of ${MUTANTS.length} mutants caught within ${runs} runs each`);
  return caught === MUTANTS.length;
}

async function tryMutant(mutant: Mutant, runs: number): Promise<{ isCaught: boolean; text: string }> {
  const flags = mutant.ledgerSweeper ? ["--ledger-sweeper", mutant.ledgerSweeper] : [];
  const share = { program: await buildMutant(mutant), flags };
  const tally = await playElsewhere(share, { first: 1, runs, stride: 1, stopAtFailure: true });
  const [failure] = tally.failures;
  if (!failure) return { isCaught: false, text: `NOT CAUGHT in ${tally.runs} runs: ${mutant.name}` };
  return { isCaught: true, text: `caught in run ${tally.runs}: ${mutant.name}\n    ${failure.wrong[0] ?? ""}` };
}

/** Bundles the harness with the changed sources, beside the unchanged one; the working copy stays as it is. */
async function buildMutant({ name, edits }: Mutant): Promise<string> {
  const outfile = path.join(ROOT, "dist/test/fault", `mutant-${name.replaceAll(" ", "-")}.js`);
  const touched = new Map(edits.map(({ file }) => [path.join(ROOT, file), file]));
  const met = new Set<string>();
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["test/fault/main.ts"],
    ...{ bundle: true, platform: "node", target: "node20", packages: "external", sourcemap: "linked" },
    outfile,
    logLevel: "error",
    plugins: [
      {
        name: "mutant",
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
            const known = touched.get(file);
            if (known === undefined) return undefined;
            met.add(known);
            const mine = edits.filter((edit) => edit.file === known);
            return { contents: mutate(name, await readFile(file, "utf8"), mine), loader: "ts" };
          });
        },
      },
    ],
  });
  if (met.size < touched.size) throw new Error(`Mutant "${name}" changes a file that the harness does not use.`);
  return outfile;
}
