import { execFile } from "node:child_process";
import path from "node:path";

const MAIN = path.join(__dirname, "../../dist/test/fault/main.js");
/** A safety net against a hanging process, not a measure: the runs themselves know only virtual time. */
const PATIENCE_MS = 240_000;

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
      const { code, text } = await faultRuns("--runs", "120", "--jobs", "1");
      expect(text).toContain("120 runs (120 with three changes, two subscriptions and a fault)");
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
});
