import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const ROOT = path.resolve(__dirname, "../..");

interface SourceFile {
  /** From the root of the repository, with slashes: `shared/domain/changes/change.ts`. */
  name: string;
  text: string;
  /** Every module it names, in whatever kind of import; our own ones from the root, without ending. */
  imports: string[];
}

function readSource(name: string): SourceFile {
  const text = readFileSync(path.join(ROOT, name), "utf8");
  const imports = ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith(".") ? path.posix.join(path.posix.dirname(name), fileName) : fileName,
    );
  return { name, text, imports };
}

function sourcesUnder(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readSource(path.posix.join(folder, file.replaceAll(path.sep, "/")))),
  );
}

const server = sourcesUnder("shared", "functions");
const domain = server.filter(({ name }) => name.startsWith("shared/domain/"));

/** `file → module` for every import that breaks a rule; what a failed test shows. */
function offences(files: readonly SourceFile[], breaksRule: (imported: string, file: SourceFile) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.filter((imported) => breaksRule(imported, file)).map((imported) => `${file.name} → ${imported}`),
  );
}

/** Names of the files whose text, comments aside, matches. */
function filesWith(files: readonly SourceFile[], pattern: RegExp): string[] {
  const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");
  return files.filter(({ text }) => pattern.test(withoutComments(text))).map(({ name }) => name);
}

test("the walk sees the server: its imports, static and dynamic", () => {
  expect(domain.length).toBeGreaterThan(50);
  const index = server.find(({ name }) => name === "functions/index.ts");
  expect(index?.imports).toEqual(expect.arrayContaining(["@azure/functions", "shared/config", "functions/create-app"]));
  expect(
    ts.preProcessFile('await import("./a"); export * from "./b"; require("./c");', true, true).importedFiles,
  ).toHaveLength(3);
});

describe("there is one door to paid writes", () => {
  const WRITER = "shared/partner-center/subscription-writer";

  test("only the composition of the worker can open it", () => {
    expect(offences(server, (imported) => imported === WRITER)).toEqual([`functions/create-worker.ts → ${WRITER}`]);
  });

  test("only the worker of the change ledger goes through it", () => {
    const patchCalls = filesWith(server, /\.\s*patch\s*\(/);
    expect(patchCalls).toEqual(["shared/domain/changes/apply-change.ts"]);
  });

  test("only the worker and the adapter know what a paid write looks like", () => {
    const port = "shared/domain/changes/subscription-writer";
    const known = offences(server, (imported) => imported === port).map((offence) => offence.split(" ")[0]);
    expect(known.sort()).toEqual([
      "shared/domain/changes/apply-change.ts",
      "shared/domain/changes/classify-write.ts",
      "shared/partner-center/subscription-writer.ts",
    ]);
  });

  test("no other code speaks a method to Partner Center that changes anything", () => {
    const adapter = server.filter(({ name }) => name.startsWith("shared/partner-center/"));
    expect(filesWith(adapter, /method:\s*["'`](PATCH|POST|PUT|DELETE)/)).toEqual([
      "shared/partner-center/subscription-writer.ts",
    ]);
  });
});

test("settings are read where the app and its commands begin: nothing else looks at the environment", () => {
  expect(filesWith(server, /process\s*\.\s*env|process\s*\[/).sort()).toEqual([
    "functions/commands/main.ts",
    "functions/index.ts",
  ]);
});

describe("the domain", () => {
  const ALLOWED = /^(shared\/domain\/.+|shared\/errors|zod|node:crypto)$/;

  test("imports itself, the errors and zod, and nothing that reaches the world", () => {
    expect(offences(domain, (imported) => !ALLOWED.test(imported))).toEqual([]);
  });

  test("takes from node:crypto what computes, not what is random", () => {
    const text = domain.map((file) => file.text).join("\n");
    const taken = [...text.matchAll(/import \{([^}]*)\} from "node:crypto"/g)].flatMap(([, names]) =>
      (names ?? "").split(",").map((name) => name.trim()),
    );
    expect([...new Set(taken)].sort()).toEqual(["createHash", "createHmac", "timingSafeEqual"]);
  });

  test("gets time and chance from its callers", () => {
    expect(filesWith(domain, /Date\.now\(|new Date\(\)|Math\.random\(|randomUUID|randomBytes\(/)).toEqual([]);
  });
});

test("adapters do not know one another, nor the HTTP edge", () => {
  const ADAPTERS = ["storage", "messaging", "secrets", "partner-center", "entra", "graph"];
  const folderOf = (name: string): string => name.split("/")[1] ?? "";
  const adapters = server.filter(({ name }) => ADAPTERS.includes(folderOf(name)));
  expect(adapters.length).toBeGreaterThan(15);
  const breaks = (imported: string, { name }: SourceFile): boolean =>
    imported.startsWith("shared/") &&
    [...ADAPTERS, "http", "api"].includes(folderOf(imported)) &&
    folderOf(imported) !== folderOf(name);
  expect(offences(adapters, breaks)).toEqual([]);
});

test("handlers are handed what they need, and reach for no adapter", () => {
  const handlers = server.filter(({ name }) => /^functions\/(http|queues|timers)\//.test(name));
  const adapter = /^shared\/(storage|messaging|secrets|partner-center|entra|graph)\/|^@azure\/(?!functions$)/;
  expect(handlers.length).toBeGreaterThan(8);
  expect(offences(handlers, (imported) => adapter.test(imported))).toEqual([]);
});

test("what is deployed knows nothing of the local platform, the tests or the portal", () => {
  expect(offences(server, (imported) => /^(local|test|bench|portal|scripts)\//.test(imported))).toEqual([]);
});

test("the stand-ins know nothing of the server they stand beside", () => {
  const standIns = sourcesUnder("local").filter(
    ({ name }) => !/^local\/(demo|platform)\/|^local\/start\.ts$/.test(name),
  );
  expect(standIns.length).toBeGreaterThan(100);
  expect(offences(standIns, (imported) => /^(shared|functions)\//.test(imported))).toEqual([]);
});
