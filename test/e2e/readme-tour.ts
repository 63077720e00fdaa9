import { spawn, spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A command of the README, with the line it begins on. */
export interface TourCommand {
  line: number;
  text: string;
}

const MARK = "<!-- tour -->";

/** The commands in the marked `sh` fences, in order; a line that ends with a backslash goes on in the next. */
export function readTour(markdown: string): TourCommand[] {
  const commands: TourCommand[] = [];
  let place: "prose" | "marked" | "fence" = "prose";
  let open: TourCommand | undefined;
  for (const [index, text] of markdown.split("\n").entries()) {
    if (place === "fence") {
      if (text === "```") {
        place = "prose";
        continue;
      }
      if (open) open.text += `\n${text}`;
      else commands.push((open = { line: index + 1, text }));
      if (!text.endsWith("\\")) open = undefined;
    } else if (text === MARK) place = "marked";
    else if (place === "marked" && text === "```sh") place = "fence";
    else if (place === "marked" && text !== "") throw new Error(`README.md:${index + 1}: no sh fence after the mark.`);
  }
  return commands;
}

/** What each command wrote, in the order of the commands that ran; a failure names the line of the README. */
export interface TourRun {
  outputs: { line: number; text: string }[];
  /** `README.md:120 ended the session: …`; absent when every command ran. */
  failure?: string;
}

const BETWEEN = "--- README.md:";

/** Runs the commands in one `sh -e`, as somebody who pastes them. After `limitMs` the session is ended. */
export async function runTour(
  commands: readonly TourCommand[],
  environment: Readonly<Record<string, string>>,
  limitMs: number,
): Promise<TourRun> {
  const script = commands.map(({ line, text }) => `echo '${BETWEEN}${line}'\n${text}`).join("\n");
  const shell = spawn("sh", ["-e", "-c", script], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let written = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (data: Buffer) => (written += data.toString()));
  const late = setTimeout(() => {
    if (shell.pid !== undefined) process.kill(-shell.pid, "SIGKILL");
  }, limitMs);
  const ended = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    shell.once("error", reject);
    shell.once("close", (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(late);
  const outputs = splitOutputs(written);
  if (ended === 0) return { outputs };
  const last = outputs.at(-1);
  const why = ended === "SIGKILL" ? `was not over after ${limitMs} ms` : `ended the session with ${ended ?? "no code"}`;
  return { outputs, failure: `README.md:${last?.line ?? 0} ${why}: ${last?.text ?? written}` };
}

function splitOutputs(written: string): TourRun["outputs"] {
  const [, ...parts] = written.split(BETWEEN);
  return parts.map((part) => {
    const end = part.indexOf("\n");
    return { line: Number(part.slice(0, end)), text: part.slice(end + 1).trim() };
  });
}

/** Whether this machine has a curl that the README's commands can use. */
export function hasCurl(): boolean {
  const help = spawnSync("curl", ["--help", "all"], { encoding: "utf8" });
  return help.status === 0 && help.stdout.includes("--fail-with-body");
}

/** Puts a `curl` into the folder that does what the README's commands need, for machines without one. */
export function installCurl(folder: string): string {
  const file = path.join(folder, "curl");
  const program = path.join(__dirname, "readme-curl.cjs");
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}
