/**
 * Prints, as NAME=value, those of the variables in VARIABLES (JSON: `toJSON(vars)` of a workflow) that `infra/main.bicepparam` reads. What
 * is not set is not printed, so that a default holds, or the compiler says what is missing.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), "../infra/main.bicepparam");
const read = new Set(
  [...readFileSync(file, "utf8").matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name]) => name),
);
for (const [name, value] of Object.entries(JSON.parse(process.env.VARIABLES ?? "{}"))) {
  if (!read.has(name) || value === "") continue;
  if (/[\r\n]/.test(value)) throw new Error(`The variable ${name} must be one line.`);
  console.log(`${name}=${value}`);
}
