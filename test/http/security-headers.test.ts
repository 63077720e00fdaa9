import { readFileSync } from "node:fs";
import path from "node:path";
import { signInAt } from "../../local/demo/entra-browser";
import { resellerTenants } from "../../local/presets/tenants";
import { declaredRoutes } from "./declared-routes";
import { startWorld, type SendOptions, type World } from "./platform-fixture";
import { EVERYWHERE, missingHeaders, UNLESS_A_PAGE } from "./safe-headers";
import { addReseller, startAuthorization } from "./steps";
import type { Answer } from "./wire";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Well-formed ids nobody has. */
const filled = (address: string): string =>
  address
    .replace("{file}", "reference.js")
    .replace(/\{(tenantId|subscriptionId)\}/g, "6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11")
    .replace(/\{\w+\}/g, "7ybqxpym18gw9d3atgs6tbch4z");

function expectSafe({ headers }: { headers: Headers }): void {
  expect(missingHeaders(headers)).toEqual([]);
  expect(headers.get("x-powered-by")).toBeNull();
  expect(headers.get("server")).toBeNull();
}

/** As strict as an answer that no browser is to show. */
function expectStrict(answer: { headers: Headers }): void {
  expectSafe(answer);
  const said = Object.keys(UNLESS_A_PAGE).map((name) => [name, answer.headers.get(name)]);
  expect(Object.fromEntries(said)).toEqual(UNLESS_A_PAGE);
}

describe.each(declaredRoutes)("$method $path", ({ method, path: address, name }) => {
  const ask = (as: "nobody" | "reader" | "admin"): Promise<Answer> =>
    world.send(method, filled(address), { as, key: null });
  const isPage = ["getReferencePage", "getReferenceFile", "getOpenApiDocument"].includes(name);

  test.each(["nobody", "reader", "admin"] as const)(
    "asked by %s, its answer says what a browser may do with it",
    async (as) => {
      const answer = await ask(as);
      if (isPage) expectSafe(answer);
      else expectStrict(answer);
    },
  );
});

test("every kind of refusal says it too", async () => {
  const post = (options: SendOptions): Promise<Answer> => world.send("POST", "/api/v1/csp/customers", options);
  const refusals: [status: number, answer: Answer][] = [
    [400, await post({ body: {} })],
    [400, await post({ rawBody: "{" })],
    [401, await post({ as: "nobody" })],
    [403, await post({ as: "reader", body: {} })],
    [404, await world.send("GET", filled("/api/v1/csp/resellers/{resellerId}"))],
    [413, await post({ rawBody: "x".repeat(300_000) })],
    [415, await post({ body: {}, headers: { "content-type": "text/plain" } })],
    [428, await world.send("PATCH", filled("/api/v1/csp/customers/{customerId}"), { body: { name: "x" } })],
  ];
  expect(refusals.map(([, { status }]) => status)).toEqual(refusals.map(([status]) => status));
  for (const [, answer] of refusals) expectStrict(answer);
});

test("what is made, and the redirect that ends a sign-in, say it", async () => {
  const created = await world.send("POST", "/api/v1/csp/customers", { body: { name: "Larkspur" } });
  expect(created.status).toBe(201);
  expectStrict(created);
  const started = await startAuthorization(world, await addReseller(world, "nordlicht"));
  const redirects: Response[] = [];
  const browser: typeof fetch = async (input, init) => {
    const response = await world.fetch(input, init);
    if (response.url.startsWith(world.platform.apiUrl)) redirects.push(response);
    return response;
  };
  const account = `admin@${resellerTenants.nordlicht.domain}`;
  const landing = await signInAt(started.address, { account }, started.cookie, browser);
  expect(landing.url.searchParams.get("status")).toBe("authorized");
  expect(redirects.map(({ status }) => status)).toEqual([303]);
  for (const redirect of redirects) expectStrict(redirect);
});

describe("what the Functions host answers without asking us", () => {
  test.each([
    ["an address nobody has", "GET", "/nothing/here", 404],
    ["an address of ours with another method", "DELETE", "/api/v1/csp/summary", 404],
    ["the front door", "GET", "/", 404],
    ["the admin API", "GET", "/admin/functions", 401],
    ["the webhooks of extensions", "POST", "/runtime/webhooks/anything", 401],
    ["an address too long", "GET", `/${"x".repeat(9_000)}`, 414],
  ])("%s: no word, and the same headers", async (_name, method, address, status) => {
    const answer = await world.send(method, address, { as: "nobody", key: null });
    expect({ status: answer.status, text: answer.text }).toEqual({ status, text: "" });
    expectStrict(answer);
  });

  test("host.json has for that what our own answers have", () => {
    const hostJson = JSON.parse(readFileSync(path.resolve(__dirname, "../../host.json"), "utf8")) as {
      extensions: { http: { customHeaders: unknown } };
    };
    expect(hostJson.extensions.http.customHeaders).toEqual({ ...EVERYWHERE, ...UNLESS_A_PAGE });
  });
});

describe("the reference page", () => {
  test("runs nothing and shows nothing but files of our own origin", async () => {
    const page = await world.send("GET", "/api/docs", { as: "nobody" });
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    for (const tag of page.text.match(/<(script|link|style)\b[^>]*>/g) ?? []) {
      expect(tag).toMatch(/^<(script src|link rel="stylesheet" href)="\/api\/docs\/[\w.-]+\?v=[0-9a-f]{16}"/);
    }
    expect(page.text).not.toMatch(/\sstyle=|\son\w+=|javascript:/i);
  });

  test("its files are kept by browsers only under the address of their very version", async () => {
    const page = await world.send("GET", "/api/docs", { as: "nobody" });
    const [, versioned = ""] = /src="([^"]+)"/.exec(page.text) ?? [];
    const kept = await world.send("GET", versioned, { as: "nobody" });
    expect(kept.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const other = await world.send("GET", versioned.replace(/\?.*/, "?v=0"), { as: "nobody" });
    expect(other.headers.get("cache-control")).toBe("no-cache");
  });
});
