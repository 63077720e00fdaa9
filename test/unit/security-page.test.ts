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

/** How long the page says that something is kept. */
const saidOf = (data: string): string =>
  rowsUnder("What is kept, and for how long")
    .find(([first = ""]) => first.startsWith(data))
    ?.at(-1) ?? "";

/** A number that the compiler predicts for a parameter file, such as the days that logs are kept. */
function predicted(environment: string, type: string, property: string): number {
  const text = readFileSync(path.join(root, `infra/main.${environment}.snapshot.json`), "utf8");
  const { predictedResources } = JSON.parse(text) as {
    predictedResources: { type: string; properties: Record<string, unknown> }[];
  };
  return Number(predictedResources.find((resource) => resource.type === type)?.properties[property]);
}

test.each([
  ["Logs", "Microsoft.OperationalInsights/workspaces", "retentionInDays"],
  [
    "Backups",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies",
    "immutabilityPeriodSinceCreationInDays",
  ],
])("how long is said of %s is how long it is deployed", (data, type, property) => {
  const [dev, prod] = ["dev", "prod"].map((environment) => predicted(environment, type, property));
  expect(saidOf(data)).toContain(`${String(dev)} days (dev), ${String(prod)} days (prod)`);
});

test("messages live as long as is said of them", () => {
  const queues = JSON.parse(readFileSync(path.join(root, "infra/queues.json"), "utf8")) as Record<string, unknown>[];
  expect(new Set(queues.map(({ defaultMessageTimeToLive }) => defaultMessageTimeToLive))).toEqual(new Set(["P14D"]));
  expect(saidOf("Messages")).toBe("14 days at most");
});
