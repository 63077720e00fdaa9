import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { declaredRoutes } from "../http/declared-routes";

const root = path.resolve(__dirname, "../..");
const page = readFileSync(path.join(root, "docs/security.md"), "utf8");

/** The rows of the table under a heading, each as its cells. */
function rowsUnder(heading: string): string[][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [table = ""] = section.split("\n## ");
  const lines = table.split("\n").filter((line) => line.startsWith("|"));
  const rows = lines.slice(2).map((line) => line.split("|").slice(1, -1));
  if (rows.length === 0) throw new Error(`docs/security.md has no table under "${heading}".`);
  return rows.map((cells) => cells.map((cell) => cell.trim()));
}

interface Named {
  file: string;
  title: string;
}

function testsIn(cell: string): Named[] {
  return cell.split("<br>").map((one) => {
    const [, file = "", title = ""] = /^`([\w/-]+)` › (.+)$/.exec(one.trim()) ?? [];
    return { file, title };
  });
}

const exists = ({ file, title }: Named): boolean => {
  const source = path.join(root, "test", `${file}.test.ts`);
  return title !== "" && existsSync(source) && readFileSync(source, "utf8").includes(`"${title}"`);
};

const TABLES = ["Where one can come in", "What could go wrong", "OWASP API Security Top 10 (2023)"];

describe.each(TABLES)("the table %s", (heading) => {
  test("names in every row tests that are there", () => {
    const named = rowsUnder(heading).flatMap((cells) => testsIn(cells.at(-1) ?? ""));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((one) => !exists(one))).toEqual([]);
  });
});

test("the ten risks of OWASP are there, in their order", () => {
  const risks = rowsUnder("OWASP API Security Top 10 (2023)").map(([risk = ""]) => risk.split(" ")[0]);
  expect(risks).toEqual(Array.from({ length: 10 }, (_, i) => `API${i + 1}`));
});

describe("every way in is in the table of entries", () => {
  const entries = rowsUnder("Where one can come in").map(([entry = ""]) => entry);
  const isListed = (name: string): boolean => entries.some((entry) => entry.includes(`\`${name}\``));

  test("each address that needs no sign-in", () => {
    const open = declaredRoutes
      .filter(({ permission }) => permission === "anonymous")
      .map(({ path: address }) => address);
    expect(open.length).toBeGreaterThan(4);
    expect(open.filter((address) => !isListed(address))).toEqual([]);
  });

  test("each queue", () => {
    const queues = JSON.parse(readFileSync(path.join(root, "infra/queues.json"), "utf8")) as { name: string }[];
    expect(queues.map(({ name }) => name).filter((name) => !isListed(name))).toEqual([]);
  });

  test("no address that needs a sign-in lies outside of /api/v1", () => {
    const guarded = declaredRoutes.filter(({ permission }) => permission !== "anonymous");
    expect(guarded.filter(({ path: address }) => !address.startsWith("/api/v1/"))).toEqual([]);
  });
});

test("what is kept is said with the numbers that the code and the parameter files have", () => {
  const kept = rowsUnder("What is kept, and for how long").map((cells) => cells.join(" "));
  const parameter = (environment: string, name: string): string => {
    const file = readFileSync(path.join(root, `infra/main.${environment}.bicepparam`), "utf8");
    return new RegExp(`${name}: (\\d+)`).exec(file)?.[1] ?? "";
  };
  const said = (days: string, name: string): string =>
    `${parameter("dev", name)} days (dev), ${parameter("prod", name)} days (prod)${days}`;
  expect(kept.find((row) => row.startsWith("Logs"))).toContain(said("", "logRetentionInDays"));
  expect(kept.find((row) => row.startsWith("Backups"))).toContain(said("", "backupDays"));
  const queues = readFileSync(path.join(root, "infra/queues.json"), "utf8");
  expect(new Set(queues.match(/"defaultMessageTimeToLive": "([^"]+)"/g))).toEqual(
    new Set(['"defaultMessageTimeToLive": "P14D"']),
  );
  expect(kept.find((row) => row.startsWith("Messages"))).toContain("14 days");
});
