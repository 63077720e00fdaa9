import { spawn } from "node:child_process";
import path from "node:path";

/** `npm run tour` as somebody types it: the built program, in a process of its own. */
jest.setTimeout(120_000);

const ROOT = path.resolve(__dirname, "../..");
const LIMIT_MS = 90_000;

let code: number | null;
let told: string;

beforeAll(async () => {
  const program = path.join(ROOT, "dist/local/demo/tour.js");
  const tour = spawn(process.execPath, ["--enable-source-maps", program], { cwd: ROOT, timeout: LIMIT_MS });
  told = "";
  for (const stream of [tour.stdout, tour.stderr]) stream.on("data", (data: Buffer) => (told += data.toString()));
  code = await new Promise<number | null>((resolve, reject) => {
    tour.once("error", reject);
    tour.once("close", resolve);
  });
});

/** The part of what was told that begins with this title. */
function chapter(title: string): string {
  const found = told.split(/\n(?=\d+\. )/).find((part) => part.includes(title));
  if (found === undefined) throw new Error(`No chapter "${title}" in:\n${told}`);
  return found;
}

/** Expects the patterns one after the other, each on a line of its own. */
function expectInOrder(text: string, patterns: readonly RegExp[]): void {
  const lines = text.split("\n");
  let from = 0;
  for (const pattern of patterns) {
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
    if (at === -1) throw new Error(`${String(pattern)} does not come after line ${from} of:\n${text}`);
    from = at + 1;
  }
}

test("it ends by itself, every promise held", () => {
  expect(told).toContain("promises held.");
  expect(told).not.toContain("NOT SO");
  expect(code).toBe(0);
});

test("it buys five seats and finds one write in the simulator's books", () => {
  const bought = chapter("Buy five seats");
  expect(bought).toContain("Completed: Seats changed from 30 to 35.");
  expect(bought).toContain("✓ the simulator's books show one write: five more seats");
});

test("a dropped reply is told as sent, unknown, proven, done, beside the simulator's single write", () => {
  const story = chapter("the reply is dropped");
  expectInOrder(story, [
    /sent .*35 to 40 seats/,
    /#2 update_subscription: 35 → 40 seats$/,
    /unknown/,
    /proven .*by auditRecord/,
    /ended .*Completed/,
  ]);
  expect(story.match(/update_subscription/g)).toHaveLength(1);
});

test("a killed host is told the same way, and the new host sends nothing again", () => {
  const story = chapter("kill -9");
  expectInOrder(story, [
    /sent .*40 to 45 seats/,
    /#3 update_subscription: 40 → 45 seats$/,
    /unknown .*no answer was saved/,
    /proven .*by auditRecord/,
    /ended .*Completed/,
  ]);
  expect(story.match(/update_subscription/g)).toHaveLength(1);
});

test("it leaves no process behind", () => {
  const hosts = [...told.matchAll(/\(process (\d+)\)/g)].map(([, pid]) => Number(pid));
  expect(hosts).toHaveLength(2);
  for (const pid of hosts) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
