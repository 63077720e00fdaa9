import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { MUTANTS, mutate } from "./mutants";

const ROOT = path.resolve(__dirname, "../..");
const MAIN = path.join(ROOT, "dist/test/fault/main.js");
/** A safety net against a hanging process, not a measure: the runs themselves know only virtual time. */
const PATIENCE_MS = 600_000;

interface Ended {
  code: number;
  text: string;
}

/** The harness as `npm run test:fault` starts it, in a process of its own. */
function faultRuns(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--enable-source-maps", MAIN, ...args], { timeout: PATIENCE_MS }, (error, text) => {
      const code = typeof error?.code === "number" ? error.code : 1;
      resolve({ code: error ? code : 0, text });
    });
  });
}

describe("fault runs of the change ledger", () => {
  it(
    "buys exactly what was asked for, whatever breaks on the way",
    async () => {
      const { code, text } = await faultRuns("--runs", "80", "--jobs", "1", "--sockets", "off");
      expect(text).toContain("80 runs (80 with three changes, two subscriptions and a fault; 0 over sockets)");
      expect(text).toContain("every assertion holds");
      expect(code).toBe(0);
    },
    PATIENCE_MS,
  );

  it(
    "does so with Azurite and the broker over sockets as well",
    async () => {
      const { code, text } = await faultRuns("--runs", "2", "--jobs", "1", "--sockets", "on");
      expect(text).toContain("2 runs (2 with three changes, two subscriptions and a fault; 2 over sockets)");
      expect(text).toContain("every assertion holds");
      expect(code).toBe(0);
    },
    PATIENCE_MS,
  );

  it(
    "tells the same story again when a seed is replayed",
    async () => {
      const [once, again] = [await faultRuns("--seed", "99"), await faultRuns("--seed", "99")];
      const story = ({ text }: Ended): string[] => text.split("\n").filter((line) => /^\d\d:\d\d/.test(line));
      expect(story(once).length).toBeGreaterThan(100);
      expect(story(again)).toEqual(story(once));
    },
    PATIENCE_MS,
  );

  it.each(MUTANTS)("can still take a rule out of the code: $name", ({ name, edits }) => {
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const text = readFileSync(path.join(ROOT, file), "utf8");
      const mine = edits.filter((edit) => edit.file === file);
      expect(mutate(name, text, mine)).not.toBe(text);
    }
  });
});
