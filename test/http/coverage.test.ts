import { readFileSync } from "node:fs";
import path from "node:path";
import { errorsOf } from "../../shared/api/common-errors";
import { declaredRoutes } from "./declared-routes";
import { permissionOf, rowsWithPermission } from "./permission-table";

/** The tables of `docs/coverage.md`, under their headings; cells without the marks of code. */
const page = readFileSync(path.resolve(__dirname, "../../docs/coverage.md"), "utf8");
const sections = new Map(
  page.split(/^#+ /m).map((section) => [section.slice(0, section.indexOf("\n")), tableIn(section)] as const),
);

function tableIn(section: string): string[][] {
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  const rows = lines.slice(2).map((line) => line.split("|").slice(1, -1));
  return rows.map((cells) => cells.map((cell) => cell.replaceAll("`", "").trim()));
}

function table(heading: string): string[][] {
  const rows = sections.get(heading) ?? [];
  if (rows.length === 0) throw new Error(`docs/coverage.md has no table under "${heading}".`);
  return rows;
}

interface Row {
  c: string;
  route: string;
  permission: string;
  codes: string[];
  tests: string;
}

const rows = table("What is covered").map(([c = "", route = "", permission = "", codes = "", tests = ""]): Row => {
  return { c, route, permission, codes: codes === "none" ? [] : codes.split(", "), tests };
});
const operations = declaredRoutes.flatMap((route) => route.operations.map((c) => ({ c, route })));
const nameOf = ({ method, path: address }: (typeof declaredRoutes)[number]): string => `${method} ${address}`;

/** The tests a cell names, each as its file and its title. */
function testsIn(cell: string): { file: string; title: string }[] {
  return cell.split("<br>").map((one) => {
    const [file = "", title = ""] = one.split(" › ");
    return { file: file.trim(), title: title.trim() };
  });
}

const sourceOf = (file: string): string => readFileSync(path.join(__dirname, `${file}.test.ts`), "utf8");

test("every declared operation has its row, and no row is of none", () => {
  const listed = rows.map(({ c, route }) => `${c} ${route}`).sort();
  expect(listed).toEqual(operations.map(({ c, route }) => `${c} ${nameOf(route)}`).sort());
});

test("every row of the specification has its route", () => {
  const missing = rowsWithPermission.filter((c) => !rows.some((row) => row.c === c));
  expect(missing).toEqual([]);
});

test("the permission of every row is the one of product.md §12.2", () => {
  const guarded = rows.filter(({ route }) => !route.includes("Callback"));
  const specified = guarded.map(({ c, route }) => {
    const [method = "", address = ""] = route.split(" ");
    return `${c} ${route} ${permissionOf({ c, method, path: address.replace("/api/v1/csp", "") })}`;
  });
  expect(guarded.map(({ c, route, permission }) => `${c} ${route} ${permission}`)).toEqual(specified);
});

test.each(rows)("$c $route: permission and own error codes are as declared", ({ route: name, permission, codes }) => {
  const route = declaredRoutes.find((candidate) => nameOf(candidate) === name);
  expect({ permission, codes: [...codes].sort() }).toEqual({
    permission: route?.permission,
    codes: Object.keys(route?.errors ?? {}).sort(),
  });
});

test.each(rows)("$c $route: each own code is expected by one of the tests named", ({ codes, tests }) => {
  const sources = testsIn(tests).map(({ file }) => sourceOf(file));
  expect(codes.filter((code) => !sources.some((source) => source.includes(`"${code}"`)))).toEqual([]);
});

test("the codes of every route are those the edge answers with by itself", () => {
  const common = declaredRoutes.flatMap((route) =>
    Object.entries(errorsOf({ ...route, errors: {} })).map(([code, { status }]) => `${code} ${status}`),
  );
  const listed = table("Codes of every route").map(([code = "", status = ""]) => `${code} ${status}`);
  expect([...listed].sort()).toEqual([...new Set(common)].sort());
});

test("the items of a batch, and the outcomes of a sign-in, are those the reference tells", () => {
  const told = (name: string): string => {
    const route = declaredRoutes.find((candidate) => candidate.name === name);
    return `${route?.description ?? ""} ${route?.responses[303]?.description ?? ""}`;
  };
  for (const [code = "", status = ""] of table("Items of a batch")) {
    expect(told("applyChanges")).toContain(`${status} ${code}`);
  }
  for (const [code = "", status = ""] of table("Items of an onboarding")) {
    expect(told("planOnboarding")).toContain(`${status} ${code}`);
  }
  for (const [callback, outcome = ""] of table("Outcomes of a sign-in").filter(([, one]) => one !== "upstreamError")) {
    expect(told(callback === "C10" ? "MicrosoftCspAuthenticationCallback" : "TenantConsentCallback")).toContain(
      outcome,
    );
  }
});

test("every test that is named is there", () => {
  const cells = [...sections.values()].flat().map((cells) => cells.at(-1) ?? "");
  const named = cells.flatMap(testsIn);
  expect(named.length).toBeGreaterThan(80);
  expect(named.filter(({ file, title }) => !sourceOf(file).includes(`"${title}"`))).toEqual([]);
});
