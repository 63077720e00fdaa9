import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Route } from "../../shared/api/route";
import { declaredRoutes } from "../http/declared-routes";
import { registeredFunctions } from "./infra/registered-functions";

const root = path.resolve(__dirname, "../..");
const runbook = readFileSync(path.join(root, "docs/runbook.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { scripts: object };
const commands = [...runbook.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text = ""]) => text.split("\n"));

interface Call {
  line: string;
  method: string;
  path: string;
  query: Record<string, string>;
  headers: string;
  body: string | undefined;
}

/** The calls of the API that the runbook makes. */
const calls: Call[] = commands
  .filter((line) => line.includes('"$API'))
  .map((line) => {
    const [, address = ""] = /"\$API([^"]*)"/.exec(line) ?? [];
    const [where = "", query = ""] = address.split("?");
    return {
      line,
      method: /-X (\w+)/.exec(line)?.[1] ?? "GET",
      path: `/api/v1/csp${where.replace(/\$[A-Z_]+/g, "{}")}`,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: [...line.matchAll(/-H "([^"]*)"/g)].map(([, header]) => header).join("\n"),
      body: /-d '(\{.*\})'$/.exec(line)?.[1]?.replace("'$SITE'", "https://csp.example"),
    };
  });

function routeOf({ method, path: asked }: Call): Route | undefined {
  return declaredRoutes.find((route) => route.method === method && route.path.replace(/\{\w+\}/g, "{}") === asked);
}

test("the runbook asks the API", () => expect(calls.length).toBeGreaterThan(15));

test.each(calls)("is a call that the API takes: $line", (call) => {
  const route = routeOf(call);
  expect(route?.name).toBeDefined();
  if (Object.keys(call.query).length > 0) expect(route?.query?.safeParse(call.query).error).toBeUndefined();
  const body: unknown = call.body === undefined ? undefined : JSON.parse(call.body);
  if (route?.body) expect(route.body.safeParse(body).error).toBeUndefined();
  else expect(body).toBeUndefined();
  expect(call.headers.includes("if-match: $ETAG")).toBe(route?.concurrency === "ifMatch");
});

test("commands of the repository are there", () => {
  const run = commands.flatMap((line) => [...line.matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name));
  expect(run.length).toBeGreaterThan(2);
  expect(run.filter((name) => !(name in scripts))).toEqual([]);
});

test("timers that can be run by hand are registered", () => {
  const { timers } = registeredFunctions();
  const run = [...runbook.matchAll(/admin\/functions\/(\w+)/g)].map(([, name = ""]) => name);
  const others = (/^Others: (.*)\. Running/m.exec(runbook)?.[1] ?? "")
    .split(", ")
    .map((name) => name.replaceAll("`", ""));
  expect(others.length).toBeGreaterThan(3);
  expect([...run, ...others].filter((name) => !timers.includes(name))).toEqual([]);
});

test("links inside the runbook lead somewhere", () => {
  const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const links = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, link = ""]) => link);
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
});

test("what is named as a line of the log is a line of the log", () => {
  const messages = [...runbook.matchAll(/Message (?:==|has) "([^"]+)"/g)].map(([, text = ""]) => text);
  expect(messages.length).toBeGreaterThan(5);
  const source = sourceText();
  expect(messages.filter((text) => !source.includes(text))).toEqual([]);
});

function sourceText(): string {
  return ["shared", "functions"]
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => readFileSync(path.join(root, folder, file), "utf8")),
    )
    .join("\n");
}
