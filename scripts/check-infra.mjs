/**
 * Checks `infra/` with the real Bicep compiler: no finding of compiler or linter, and committed predictions
 * (`infra/main.*.snapshot.json`, what the policy tests read) that are those of the templates; and that the templates refuse
 * origins a deployment must not have.
 *
 *   node scripts/check-infra.mjs            checks
 *   node scripts/check-infra.mjs --update   writes the predictions anew, to be reviewed and committed
 *
 * The compiler is BICEP_PATH, else `bicep` on the PATH, else the pinned NuGet package, restored by `dotnet`. Without any of
 * these nothing is checked, which is said; with CI set it is a failure.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findCompiler } from "./bicep-compiler.mjs";

const infra = path.join(path.dirname(fileURLToPath(import.meta.url)), "../infra");
const SUBSCRIPTION = "11111111-1111-1111-1111-111111111111";
/** What `main.bicepparam` wants from the environment of a deployment. */
const DEPLOYMENT = {
  AZURE_ENV_NAME: "check",
  AZURE_LOCATION: "westeurope",
  MSP_TENANT_ID: SUBSCRIPTION,
  API_CLIENT_ID: SUBSCRIPTION,
  TENANT_APP_CLIENT_ID: SUBSCRIPTION,
  FIRST_ADMIN_OBJECT_ID: SUBSCRIPTION,
  ALERT_EMAIL: "alerts@example.com",
  BUDGET_START_DATE: "2026-11-01",
};

/** Runs the compiler; every line it has to say about a file is a finding, warnings too. */
function findings(compiler, ...args) {
  const { status, stdout, stderr } = spawnSync(compiler, args, {
    cwd: infra,
    encoding: "utf8",
    env: { ...process.env, ...DEPLOYMENT },
  });
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => /: (Warning|Error|Info) /.test(line));
  if (status !== 0 && lines.length === 0) lines.push(`${args.join(" ")}: ${stderr || stdout || `exit code ${status}`}`);
  return lines;
}

/** Not exact, not https, or of a developer's machine: a deployment that names one of these has to fail. */
const REFUSED_ORIGINS = ["*", "https://*.portal.example", "http://portal.example", "http://localhost:5173"];

/** One finding for each of those origins that the templates would deploy. */
function acceptedOrigins(compiler, where) {
  const file = path.join(infra, "refused.bicepparam");
  const usual = readFileSync(path.join(infra, "main.prod.bicepparam"), "utf8");
  try {
    return REFUSED_ORIGINS.filter((origin) => {
      writeFileSync(file, usual.replace("corsOrigins: []", `corsOrigins: ['${origin}']`));
      const args = ["snapshot", file, "--mode", "overwrite", ...where];
      return !spawnSync(compiler, args, { encoding: "utf8" }).stderr.includes("corsOrigins must be exact");
    }).map((origin) => `corsOrigins: ${origin} is not refused`);
  } finally {
    rmSync(file, { force: true });
    rmSync(file.replace(".bicepparam", ".snapshot.json"), { force: true });
  }
}

/** One finding for each value of a deployment that the parameter file would do without, or take an empty text for. */
function acceptedGaps(compiler) {
  const given = Object.fromEntries(Object.entries(process.env).filter(([name]) => !(name in DEPLOYMENT)));
  const build = (env) =>
    spawnSync(compiler, ["build-params", "main.bicepparam", "--stdout"], { cwd: infra, encoding: "utf8", env });
  const { stderr: ofNone } = build(given);
  const silent = Object.keys(DEPLOYMENT).filter(
    (name) => !ofNone.includes(`Environment variable "${name}" does not exist`),
  );
  const ids = Object.keys(DEPLOYMENT).filter((name) => /^(MSP|API|TENANT)_.*ID$/.test(name));
  const blind = ids.filter((name) => build({ ...given, ...DEPLOYMENT, [name]: "" }).status === 0);
  return [
    ...silent.map((name) => `main.bicepparam: a deployment without ${name} is not refused`),
    ...blind.map((name) => `main.bicepparam: an empty ${name} is not refused`),
  ];
}

const compiler = findCompiler();
if (!compiler) {
  console.log("Not run: there is no Bicep compiler (BICEP_PATH, bicep on the PATH, or dotnet to fetch it).");
  process.exit(process.env.CI ? 1 : 0);
}
const files = readdirSync(infra, { recursive: true, encoding: "utf8" });
const templates = files.filter((file) => file.endsWith(".bicep"));
const parameters = files.filter((file) => file.endsWith(".bicepparam"));
/** Those of a profile, whose predicted resources are committed: main.dev.bicepparam, main.prod.bicepparam. */
const predicted = parameters.filter((file) => /\.\w+\.bicepparam$/.test(file));
const mode = process.argv.includes("--update") ? "overwrite" : "validate";
const found = [...templates, ...parameters].flatMap((file) => findings(compiler, "lint", file));
if (found.length === 0) {
  const where = ["--subscription-id", SUBSCRIPTION, "--location", "westeurope"];
  found.push(...predicted.flatMap((file) => findings(compiler, "snapshot", file, "--mode", mode, ...where)));
  found.push(...acceptedOrigins(compiler, where), ...acceptedGaps(compiler));
}
for (const line of new Set(found)) console.error(line);
if (found.length > 0) process.exit(1);
const version = execFileSync(compiler, ["--version"], { encoding: "utf8" }).trim();
console.log(`${version}: ${templates.length} templates and ${parameters.length} parameter files, no finding.`);
