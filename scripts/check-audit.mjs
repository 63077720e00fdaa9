/**
 * Compares `npm audit` with the exceptions in `.github/audit-exceptions.json`: `[{ "advisory": "GHSA-…", "package": "…", "reason": "…",
 * "until": "2027-01-31" }]`. An advisory is fixed, or explained there for a while.
 *
 *   node scripts/check-audit.mjs [--exceptions <file>]
 *
 * Exit codes: 0 nothing is open; 1 an advisory without a valid exception, or an exception that nothing needs; 2 npm gave no answer.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const usual = path.join(root, ".github/audit-exceptions.json");
const { values } = parseArgs({ options: { exceptions: { type: "string", default: usual } } });
const exceptions = JSON.parse(readFileSync(values.exceptions, "utf8"));
const today = new Date().toISOString().slice(0, 10);

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const { stdout, stderr } = spawnSync(npm, ["audit", "--json"], { cwd: root, encoding: "utf8", maxBuffer: 1e8 });
const advisories = readAdvisories(stdout);
if (!advisories) {
  console.error(`npm audit gave no answer: ${stderr.trim() || stdout.slice(0, 500)}`);
  process.exit(2);
}
const problems = [
  ...exceptions.flatMap(incomplete),
  ...advisories.filter(isOpen).map(({ id, name, severity, title }) => `${id} ${severity} in ${name}: ${title}`),
  ...exceptions.filter(isNeedless).map(({ advisory }) => `${advisory}: nothing needs this exception any more`),
];
for (const problem of problems) console.error(`  ${problem}`);
console.log(`${advisories.length} advisories, ${exceptions.length} exceptions, ${problems.length} problems.`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Every advisory once; undefined when this is no report. A package that is only affected through another names that one. */
function readAdvisories(text) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof report.vulnerabilities !== "object") return undefined;
  const own = Object.values(report.vulnerabilities).flatMap(({ via }) => via.filter((one) => typeof one === "object"));
  const all = own.map(({ url, name, severity, title }) => ({ id: url.split("/").at(-1), name, severity, title }));
  return [...new Map(all.map((one) => [`${one.id} ${one.name}`, one])).values()];
}

function isOpen({ id, name }) {
  return !exceptions.some((one) => one.advisory === id && one.package === name && one.until >= today);
}

function isNeedless(exception) {
  return !advisories.some(({ id, name }) => exception.advisory === id && exception.package === name);
}

function incomplete(exception) {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(exception.until ?? "");
  if (exception.advisory && exception.package && exception.reason && isDay) return [];
  return [`${exception.advisory ?? "an exception"}: advisory, package, reason and until (a day) have to be there`];
}
