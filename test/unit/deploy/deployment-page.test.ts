import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const repository = path.resolve(__dirname, "../../..");
const read = (file: string): string => readFileSync(path.join(repository, file), "utf8");
const page = read("docs/deployment.md");

/** The first cells of the rows below a heading, as names in code. */
function namesUnder(heading: string): string[] {
  const [, section = ""] = page.split(`\n${heading}\n`);
  const [table = ""] = section
    .trimStart()
    .split("\n\n")
    .filter((part) => part.startsWith("|"));
  return [...table.matchAll(/^\| `([\w.]+)`/gm)].map(([, name]) => name ?? "");
}

/** Members of the exported object types, by the name of the type. */
function members(): Map<string, string[]> {
  const types = [...read("infra/types.bicep").matchAll(/^type (\w+) = \{\n([\s\S]*?)^\}/gm)];
  const named = (body: string): string[] => [...body.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name ?? "");
  return new Map(types.map(([, name = "", body = ""]) => [name, named(body)]));
}

test("every parameter of the template is documented, those of its objects one by one, and none that is not there", () => {
  const parameters = [...read("infra/main.bicep").matchAll(/^param (\w+) (\w+)/gm)];
  expect(parameters.length).toBeGreaterThan(10);
  const types = members();
  const expected = parameters.flatMap(([, name = "", type = ""]) => {
    const inside = types.get(type) ?? [];
    return inside.length === 0 ? [name] : inside.map((member) => `${name}.${member}`);
  });
  const documented = namesUnder("The parameters of `infra/main.bicep`, for a deployment with parameters of its own:");
  expect(documented.sort()).toEqual(expected.sort());
});

test("every value the parameter file reads is documented, with a default where it has one", () => {
  const text = read("infra/main.bicepparam");
  const values = [...text.matchAll(/readEnvironmentVariable\('(\w+)'(,)?/g)].map(([, name = "", comma]) => ({
    name,
    hasDefault: comma !== undefined,
  }));
  const documented = namesUnder("## Parameters");
  expect(documented.sort()).toEqual(values.map(({ name }) => name).sort());
  for (const { name, hasDefault } of values) {
    const [, value = ""] = new RegExp(`^\\| \`${name}\` +\\| ([^|]*)\\|`, "m").exec(page) ?? [];
    expect([name, value.trim() !== ""]).toEqual([name, hasDefault]);
  }
});

test("the README deploys with the commands of this page, in ten lines", () => {
  const [, section = ""] = read("README.md").split("\n## Deploy to Azure\n");
  const [text = ""] = section.split("\n## ");
  const [, commands = ""] = /```sh\n([\s\S]*?)```/.exec(text) ?? [];
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("```")).length).toBeLessThanOrEqual(10);
  expect(commands).toContain("azd up");
  for (const line of commands.trim().split("\n")) expect(page).toContain(line);
});

test("each type of resource has one version of its API, and the record lists it", () => {
  const record = read("docs/adr/0016-api-versions-of-resources.md");
  const listed = [...record.matchAll(/^\| `(Microsoft[\w./]+)` +\| (\S+)/gm)].map(
    ([, type, version]) => `${type}@${version}`,
  );
  const templates = readdirSync(path.join(repository, "infra"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".bicep"))
    .map((file) => read(path.join("infra", file)));
  const used = templates.flatMap((text) => [...text.matchAll(/'(Microsoft\.[\w./]+@[\w-]+)'/g)].map(([, one]) => one));
  expect(used.length).toBeGreaterThan(20);
  expect([...new Set(used)].sort()).toEqual(listed.sort());
});
