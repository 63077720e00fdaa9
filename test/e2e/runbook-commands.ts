import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const REPOSITORY = path.resolve(__dirname, "../..");
const runbook = readFileSync(path.join(REPOSITORY, "docs/runbook.md"), "utf8");

/**
 * The commands of a section of the runbook, as they stand there, but for those that speak to Azure itself. Throws when
 * there are none: the section was renamed, or has nothing to run.
 */
export function commandsOf(section: string): string {
  const [, rest] = runbook.split(new RegExp(`^#+ ${section}$`, "m"));
  const text = rest?.split(/^#+ /m)[0] ?? "";
  const commands = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, fence = ""]) => fence.split("\n"))
    .filter((line) => line !== "" && !/^(az|query|[A-Z_]+=\$\(az) /.test(line));
  if (commands.length === 0) throw new Error(`The runbook has no commands under "${section}".`);
  return commands.join("\n");
}

/** The function `ask` of the runbook, as it stands there. */
function askOf(): string {
  const found = /^ask\(\) \{.*\}$/m.exec(runbook)?.[0];
  if (!found) throw new Error("The runbook does not say what `ask` is.");
  return found;
}

/** What a machine has that these tests do not take for granted, and the commands of this repository as they are built. */
const PREPARED = `
uuidgen() { "$NODE" -p 'crypto.randomUUID()'; }
npm() { shift; name=$1; shift; [ "$1" = -- ] && shift; "$NODE" --enable-source-maps dist/functions/commands/main.js "$name" "$@"; }
`;

export interface ShellRun {
  code: number | null;
  output: string;
}

/** Runs commands in one \`sh\`, in the repository, with what the runbook sets before it begins. */
export function runCommands(commands: string, environment: Readonly<Record<string, string>>): Promise<ShellRun> {
  const script = `${PREPARED}\n${askOf()}\n${commands}`;
  const shell = spawn("sh", ["-c", script], {
    cwd: REPOSITORY,
    env: { ...process.env, NODE: process.execPath, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  return new Promise((resolve, reject) => {
    shell.once("error", reject);
    shell.once("close", (code) => resolve({ code, output }));
  });
}
