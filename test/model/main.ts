import { parseArgs } from "node:util";
import { explore, type Exploration } from "./explore";
import { exploreWithout } from "./explore-without";
import { REMOVALS, RULES } from "./rules";
import { FULL_SCOPES, Scope, SMALL_SCOPES } from "./scope";

/*
 * Explores the change ledger's decisions (README.md beside this file):
 *   (nothing)     every state of the full scopes
 *   --small       the small scopes only
 *   --mutants     each rule taken out of the product's text; an accident is what should come of it
 *   --schedule --changes N --attempts N --crashes N --redeliveries N --outside N --unrecorded N   a scope of one's own
 * Exit code 1 when an accident is found, or with --mutants when none is.
 */
const number = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    ...{ mutants: { type: "boolean" }, small: { type: "boolean" }, schedule: { type: "boolean" } },
    ...{ changes: number, attempts: number, crashes: number },
    ...{ redeliveries: number, outside: number, unrecorded: number },
  },
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** States so far, on one line of a terminal. */
function note(states: number, depth: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r  ${states} states, ${depth} steps away\x1b[K\r`);
}

function report(name: string, { states, transitions, depth, accident }: Exploration, time: string): void {
  const figures = `${states} states, ${transitions} transitions, depth ${depth}, ${time}`;
  say(`${name}: ${accident ? `ACCIDENT: ${accident.what}` : "no accident"} (${figures})`);
  accident?.story.forEach((did, index) => say(`  ${String(index + 1).padStart(3)}. ${did}`));
}

async function exploreMutants(): Promise<void> {
  for (const rule of RULES) {
    const before = performance.now();
    const found = await exploreWithout(rule, process.cwd());
    const seconds = (performance.now() - before) / 1000;
    report(`without ${rule} (${REMOVALS[rule].says})`, found, `${seconds.toFixed(1)} s`);
    if (!found.accident) process.exitCode = 1;
  }
}

function exploreScopes(scopes: Readonly<Record<string, Scope>>): void {
  for (const [name, scope] of Object.entries(scopes)) {
    const before = process.cpuUsage();
    const found = explore(scope, note);
    const { user, system } = process.cpuUsage(before);
    report(name, found, `${((user + system) / 1e6).toFixed(1)} s of CPU`);
    if (found.accident) process.exitCode = 1;
  }
}

function ownScope(): Readonly<Record<string, Scope>> | undefined {
  const { mutants: _mutants, small: _small, schedule: _schedule, ...given } = values;
  if (Object.keys(given).length === 0) return undefined;
  const numbers = Object.entries(given).map(([name, text]) => [name, Number(text)] as const);
  const none = { changes: 1, attempts: 2, crashes: 0, redeliveries: 0, outside: 0, unrecorded: 0 };
  const schedule = values.schedule ?? false;
  return { "own scope": Scope.parse({ ...none, ...Object.fromEntries(numbers), schedule }) };
}

if (values.mutants) void exploreMutants();
else exploreScopes(ownScope() ?? (values.small ? SMALL_SCOPES : FULL_SCOPES));
