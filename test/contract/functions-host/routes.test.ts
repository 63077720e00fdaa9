import { findEntryFiles } from "../../../local/functions-host/entry-files";
import { compileRoutes } from "../../../local/functions-host/routes";
import { sampleApp } from "./sample-host";

const find = (template: string, path: string) =>
  compileRoutes([{ template, methods: [], target: template }])("GET", path)?.params;

test.each([
  ["a/{id?}", "/a", {}],
  ["a/{id=5}", "/a", { id: "5" }],
  ["a/{id}", "/a/x%2Fy%20z", { id: "x%2Fy z" }],
  ["a/{*rest}", "/a/b/c", { rest: "b/c" }],
  ["a/{*rest}", "/a", { rest: "" }],
  ["{id:guid}", "/0f8fad5b-d9cb-469f-a165-70867728950e", { id: "0f8fad5b-d9cb-469f-a165-70867728950e" }],
  ["{when:datetime}", "/2026-01-31", { when: "2026-01-31" }],
  ["{n:int:range(1,9)}", "/9", { n: "9" }],
  ["{code:regex(^[a-z]+-{1}\\d$)}", "/ab-7", { code: "ab-7" }],
  ["{code:length(2,3)}/x", "/abc/x", { code: "abc" }],
  ["openapi.{format}", "/openapi.json", { format: "json" }],
  ["{year:int}-{month:int}", "/2026-07", { year: "2026", month: "07" }],
])("the route %s finds %s", (template, path, params) => {
  expect(find(template, path)).toEqual(params);
});

test.each([
  ["{id:int}", "/x"],
  ["{id:int}", "/99999999999"],
  ["{id:guid}", "/1"],
  ["{n:int:range(1,9)}", "/10"],
  ["{flag:bool}", "/yes"],
  ["{name:alpha}", "/a1"],
  ["{x:minlength(3)}", "/ab"],
  ["a/{id}", "/a"],
  ["a", "/a/b"],
  ["a/{id}", "/a/%zz"],
])("the route %s does not find %s", (template, path) => {
  expect(find(template, path)).toBeUndefined();
});

test("a route that cannot be understood is refused when the host starts", () => {
  expect(() => find("a/{id", "/a/1")).toThrow('The route "a/{id" is not valid.');
  expect(() => find("{id:colour}", "/red")).toThrow('The route constraint "colour" is not known.');
});

test("the more precise route wins, whatever the order of registration, and the method belongs to the match", () => {
  const route = (template: string, methods: string[] = []) => ({
    template,
    methods,
    target: `${methods.join()} ${template}`,
  });
  const routes = ["{*all}", "a/{*rest}", "a/{x}", "a/{x:int}", "a/b", "a/b-{x}"].map((template) => route(template));
  const lookup = compileRoutes([...routes, route("a/c", ["POST"])]);
  const target = (path: string, method = "GET") => lookup(method, path)?.target.trim();
  expect(target("/a/b")).toBe("a/b");
  expect(target("/a/b-1")).toBe("a/b-{x}");
  expect(target("/a/1")).toBe("a/{x:int}");
  expect(target("/a/z")).toBe("a/{x}");
  expect(target("/a/z/y")).toBe("a/{*rest}");
  expect(target("/q")).toBe("{*all}");
  expect(target("/a/c", "POST")).toBe("POST a/c");
  expect(target("/a/c")).toBe("a/{x}");
});

test("main may be one file or a pattern of files", () => {
  const all = ["functions/http.cjs", "functions/queues.cjs", "functions/timers.cjs"];
  expect(findEntryFiles(sampleApp, "./index.cjs")).toEqual(["index.cjs"]);
  expect(findEntryFiles(sampleApp, "functions/*.cjs")).toEqual(all);
  expect(findEntryFiles(sampleApp, "{index.cjs,functions/*.cjs}")).toEqual([...all, "index.cjs"]);
  expect(findEntryFiles(sampleApp, "**/{queues,timer?}.cjs")).toEqual(all.slice(1));
  expect(() => findEntryFiles(sampleApp, "dist/*.js")).toThrow('zero files matching the supplied pattern "dist/*.js"');
});
