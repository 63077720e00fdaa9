import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const GRAPH = "https://graph.microsoft.com/v1.0";
/** A new object is not at once everywhere in Entra; what needs it is refused until it is. */
const NOT_YET_THERE = /does not exist|ResourceNotFound|NoBackingApplicationObject|not reference a valid application/i;
const TRIES = 8;

/** What `az` had to say when it failed: its own words, without the command, whose input may be a secret. */
export class AzureCliError extends Error {
  constructor(what, stderr) {
    super(`${what} failed: ${stderr.trim() || "az gave no reason"}`);
    this.stderr = stderr;
  }
}

/** Runs `az` and returns its JSON. Throws AzureCliError. */
export function az(what, args) {
  const { error, status, stdout, stderr } = spawnSync("az", [...args, "--only-show-errors", "--output", "json"], {
    encoding: "utf8",
  });
  if (error?.code === "ENOENT")
    throw new AzureCliError(what, "az, the Azure CLI, is not installed or not on the PATH.");
  if (status !== 0) throw new AzureCliError(what, error?.message ?? stderr);
  return stdout.trim() === "" ? undefined : JSON.parse(stdout);
}

/** Gives `use` the name of a file with `content` that only this user can read, and removes it whatever happens. */
export function withPrivateFile(content, use) {
  const folder = mkdtempSync(path.join(tmpdir(), "csp-register-"));
  const file = path.join(folder, "content.json");
  try {
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A call of Microsoft Graph as whoever is signed in to `az`. */
export function graph(method, resource, body, headers = []) {
  const call = (more) =>
    az(`${method} ${resource}`, ["rest", "--method", method, "--url", `${GRAPH}/${resource}`, ...headers, ...more]);
  return body === undefined ? call([]) : withPrivateFile(body, (file) => call(["--body", `@${file}`]));
}

/** The object, or undefined when there is none. */
export function find(resource) {
  return absentAsUndefined(() => graph("get", resource));
}

export function absentAsUndefined(call) {
  try {
    return call();
  } catch (error) {
    if (error instanceof AzureCliError && /\b404\b|ResourceNotFound|SecretNotFound|NotFound/i.test(error.stderr))
      return undefined;
    throw error;
  }
}

/** Repeats a call about an object that was made a moment ago, for half a minute. */
export async function whenItIsThere(call) {
  const pauseMs = Number(process.env.AZ_RETRY_PAUSE_MS ?? 4_000);
  for (let tries = 1; ; tries++) {
    try {
      return call();
    } catch (error) {
      if (tries === TRIES || !(error instanceof AzureCliError) || !NOT_YET_THERE.test(error.stderr)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
