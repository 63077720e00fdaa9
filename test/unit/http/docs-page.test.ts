import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { docsEndpoints } from "../../../shared/http/docs-page";
import type { Endpoint } from "../../../shared/http/endpoint";
import { ask, testEdge } from "./exchange";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "docs-page-"));
  await writeFile(path.join(folder, "swagger-ui-bundle.js"), "/* bundle */");
  await writeFile(path.join(folder, "swagger-ui.css"), "/* style */");
  await writeFile(path.join(folder, "settings.json"), "{}");
});
afterAll(() => rm(folder, { recursive: true }));

function docs(assetsFolder = folder) {
  const endpoints = docsEndpoints({
    assetsFolder,
    openApi: () => ({ openapi: "3.1.0", paths: {} }),
    title: "CSP <marketplace>",
  });
  const { edge } = testEdge({ checkResponses: true });
  const find = (name: string): Endpoint => {
    const found = endpoints.find(({ route }) => route.name === name);
    if (found === undefined) throw new Error(`No endpoint ${name}`);
    return found;
  };
  const get = (name: string, address: string) =>
    ask(find(name), edge, { path: address, headers: { authorization: "" } });
  return { get };
}

test("the document is served to anybody, whole", async () => {
  const answer = await docs().get("getOpenApiDocument", "/api/openapi.json");
  expect(answer).toMatchObject({ status: 200, json: { openapi: "3.1.0", paths: {} } });
});

test("the page loads its script and style from our own origin, and holds no script of its own", async () => {
  const answer = await docs().get("getReferencePage", "/api/docs");
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const addresses = [...answer.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
  expect(addresses).toHaveLength(3);
  for (const address of addresses) expect(address).toMatch(/^\/api\/docs\/[a-z-]+\.(js|css)\?v=[0-9a-f]{16}$/);
  expect(answer.text).not.toMatch(/<script[^>]*>[^<]/);
  expect(answer.text).not.toMatch(/style=|<style/);
  expect(answer.text).toContain("<title>CSP &lt;marketplace&gt;</title>");
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain("unsafe");
});

test("every file the page names is served with its type, to be kept for ever", async () => {
  const { get } = docs();
  const page = await get("getReferencePage", "/api/docs");
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
  const answers = await Promise.all(files.map((file) => get("getReferenceFile", file)));
  expect(answers.map((answer) => [answer.status, answer.headers.get("content-type")])).toEqual([
    [200, "text/css; charset=utf-8"],
    [200, "text/javascript; charset=utf-8"],
    [200, "text/javascript; charset=utf-8"],
  ]);
  expect(answers.map(({ text }) => text).join("\n")).toContain('url: "/api/openapi.json"');
  for (const answer of answers) {
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  }
});

test("a file asked for without its version, or with an old one, is not kept", async () => {
  const { get } = docs();
  for (const query of ["", "?v=0123456789abcdef"]) {
    const answer = await get("getReferenceFile", `/api/docs/swagger-ui.css${query}`);
    expect(answer.text).toBe("/* style */");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
  }
});

test.each(["settings.json", "..%2Fsettings.json", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "swagger-ui.css%00", "__proto__"])(
  "%s is not there",
  async (file) => {
    const answer = await docs().get("getReferenceFile", `/api/docs/${file}`);
    expect(answer).toMatchObject({ status: 404, json: { code: "notFound" } });
  },
);

test("an installation built without the page says so, without naming a folder", async () => {
  const missing = path.join(folder, "nowhere");
  const answer = await docs(missing).get("getReferenceFile", "/api/docs/swagger-ui.css");
  expect(answer).toMatchObject({ status: 404, json: { code: "notFound" } });
  expect(answer.text).not.toContain(folder);
});
