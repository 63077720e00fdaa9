import { version } from "../../package.json";
import { Validator, type SpecData } from "@seriousme/openapi-schema-validator";
import { anyText, listWith, textWith } from "./matchers";
import { operations } from "./operations";
import { startWorld, type World } from "./platform-fixture";
import { readServedDocument } from "./served-document";
import type { Answer } from "./wire";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const get = (path: string): Promise<Answer> => world.send("GET", path, { as: "nobody" });

interface Document {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
}

describe("the OpenAPI document", () => {
  test("it is served to everybody, for this installation's own address", async () => {
    const answer = await get("/api/openapi.json");
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.body).toMatchObject({ openapi: "3.1.0", servers: [{ url: world.platform.apiUrl }] });
  });

  test("it says which release answers, and which version of rows and messages that one writes", async () => {
    const { info } = (await get("/api/openapi.json")).body as { info: object };
    expect(info).toMatchObject({ version, "x-data-version": 1 });
  });

  test("it is a valid document of OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate((await get("/api/openapi.json")).body as SpecData)).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("a document that breaks the rules is noticed", async () => {
    const { info: _info, ...rest } = (await get("/api/openapi.json")).body as { info: object };
    expect(await new Validator().validate(rest)).toMatchObject({ valid: false });
  });

  test("it has every HTTP function that is registered, and nothing else", async () => {
    const { paths } = (await get("/api/openapi.json")).body as Document;
    const described = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
    const queues = ["applyChange", "projectDirectory", "syncTenant", "tendReseller"];
    const deadLetters = ["takeDeadLetter", "takeDirectoryDeadLetter", "takeSyncDeadLetter", "takeTokenDeadLetter"];
    const timers = ["backUp", "forgetOldLines", "measureInstallation", "sweepWork", "syncTenants", "tendResellers"];
    const served = world.platform.host!.functions.map((line) => line.split(/[ :]/)[0] ?? "");
    expect([...described, ...queues, ...deadLetters, ...timers].sort()).toEqual([...served].sort());
  });

  test("it has every operation of the specification, with its refusals", async () => {
    const { paths } = (await get("/api/openapi.json")).body as Document;
    for (const { method, path } of operations) {
      const operation = paths[`/api/v1/csp${path}`]?.[method.toLowerCase()];
      expect(Object.keys(operation?.responses ?? {})).toEqual(listWith(["400", "401", "403"]));
    }
  });
});

describe("answers are held against the document, so that", () => {
  /** What becomes of a good answer of the list of customers when something in it is different. */
  async function judged(change: Partial<Answer>): Promise<string> {
    const address = `${world.platform.apiUrl}/api/v1/csp/customers`;
    const good = await world.send("GET", "/api/v1/csp/customers");
    const document = await readServedDocument(world.platform.apiUrl);
    document.check("GET", address, good);
    try {
      document.check("GET", address, { ...good, ...change });
    } catch (error) {
      return String(error);
    }
    return "passed";
  }

  const json = (more: Record<string, string> = {}): Headers =>
    new Headers({ "content-type": "application/json", "x-correlation-id": "1", ...more });
  const problem = json({ "content-type": "application/problem+json" });
  const refusal = { type: "t", title: "t", status: 403, detail: "d", instance: "/", correlationId: "1" };
  const customer = { id: "7ybqxpym18gw9d3atgs6tbch4z", name: "Larkspur", createdAt: "2026-03-01T12:00:00Z" };

  test.each<[string, Partial<Answer>, string]>([
    ["a status nobody declared", { status: 418 }, "a status the document does not have"],
    [
      "a body of another media type",
      { headers: json({ "content-type": "text/html" }) },
      "text/html, which the document does not have",
    ],
    ["a missing header", { headers: new Headers({ "content-type": "application/json" }) }, "without x-correlation-id"],
    ["a missing body", { headers: new Headers({ "x-correlation-id": "1" }), body: undefined }, "without a body"],
    ["a missing field", { headers: json(), body: { value: [customer] } }, "modifiedAt"],
    [
      "a field of another format",
      { headers: json(), body: { value: [{ ...customer, modifiedAt: "yesterday" }] } },
      "date-time",
    ],
    [
      "a field nobody described",
      { headers: json(), body: { value: [{ ...customer, modifiedAt: customer.createdAt, secret: "x" }] } },
      "secret",
    ],
    [
      "an error code that is not the route's",
      { status: 403, headers: problem, body: { ...refusal, code: "x" } },
      "allowedValues",
    ],
  ])("%s is noticed", async (_, change, word) => {
    expect(await judged(change)).toContain(word);
  });
});

describe("the reference page", () => {
  test("it is served with its script and style, each from our own origin", async () => {
    const page = await get("/api/docs");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(links).toHaveLength(3);
    for (const link of links) {
      expect(link).toMatch(/^\/api\/docs\//);
      const file = await get(link);
      expect(file.status).toBe(200);
      expect(file.headers.get("content-type")).toMatch(link.includes(".css") ? /^text\/css/ : /^text\/javascript/);
      expect(file.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(file.text.length).toBeGreaterThan(100);
    }
  });

  test("no other file is served from its folder", async () => {
    for (const path of ["/api/docs/index.js", "/api/docs/..%2Findex.js", "/api/docs/package.json"]) {
      expect((await get(path)).status).toBe(404);
    }
  });
});

describe("addresses", () => {
  test("an unknown address, and an unknown method of a known one, are not found", async () => {
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/api/v1/csp/nothing"],
      ["GET", "/api/v1/csp"],
      ["DELETE", "/api/v1/csp/resellers"],
      ["POST", "/api/health/live"],
    ] as const) {
      const answer = await world.send(method, path);
      expect({ path, status: answer.status, text: answer.text }).toEqual({ path, status: 404, text: "" });
    }
  });

  test("every answer carries the caller's correlation id, and headers that make browsers careful", async () => {
    const headers = { "x-correlation-id": "of-the-caller" };
    for (const path of ["/api/v1/csp/tenants", "/api/v1/csp/tenants/x", "/api/health/live", "/api/docs"]) {
      const answer = await world.send("GET", path, { headers });
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "x-correlation-id": "of-the-caller",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "strict-transport-security": anyText,
        "content-security-policy": textWith("default-src 'none'"),
      });
    }
    const odd = await world.send("GET", "/api/health/live", { headers: { "x-correlation-id": "<script>" } });
    expect(odd.headers.get("x-correlation-id")).toMatch(/^[0-9a-f-]{32,36}$/);
  });
});
