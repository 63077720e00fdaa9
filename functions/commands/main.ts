import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readConfig } from "../../shared/config";
import { createLogger } from "../../shared/logger";
import { businessClock } from "../business-clock";
import { backUp } from "./back-up";
import { migrate } from "./migrate";
import { rebuild } from "./rebuild";
import { reconcile } from "./reconcile";
import { restore } from "./restore";
import { settingsOf } from "./settings-file";
import { verifyAudit } from "./verify-audit";

const COMMANDS = { rebuild, migrate, "verify-audit": verifyAudit, "back-up": backUp, restore, reconcile } as const;

/** Where Core Tools keep the settings of this machine; read when it is there. */
const USUAL_SETTINGS = "local.settings.json";
const USAGE = `Usage: npm run ${Object.keys(COMMANDS).join(" | ")} -- [--settings <file>] [--after <place>] [--list | --backup <name>]\n`;

/** Exit codes: 0 all is well, 1 something was found, 2 it could not be done, 3 to be run again. */
async function main(): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        settings: { type: "string" },
        after: { type: "string" },
        backup: { type: "string" },
        list: { type: "boolean" },
      },
    });
    const command = Object.entries(COMMANDS).find(([name]) => name === positionals[0])?.[1];
    if (!command || positionals.length !== 1) throw new Error(USAGE);
    const file = values.settings ?? (existsSync(USUAL_SETTINGS) ? USUAL_SETTINGS : undefined);
    const inFile = file === undefined ? {} : settingsOf(readFileSync(file, "utf8"));
    const config = readConfig({ ...inFile, ...process.env });
    const log = createLogger({
      level: "warn",
      sink: (record) => void process.stderr.write(`${JSON.stringify(record)}\n`),
    });
    return await command({
      config,
      log,
      clock: businessClock,
      after: values.after,
      backup: values.backup,
      list: values.list === true,
      say,
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

void main().then((code) => {
  // What was said is out first. A connection to the broker, where one was opened, would keep the process for good.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
});
