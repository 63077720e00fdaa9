import { z } from "zod";
import { getLiveness } from "../../../shared/api/health";
import { createOpenApiDocument } from "../../../shared/api/openapi";
import { pathParameters, type Route } from "../../../shared/api/route";
import { listThings, options, replaceThing, routes } from "./sample-routes";

interface Operation {
  operationId: string;
  parameters: { name: string; in: string; required: boolean; description?: string; schema: Record<string, unknown> }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<
    string,
    {
      description: string;
      headers?: Record<string, unknown>;
      content?: Record<string, { schema: { $ref?: string; allOf?: unknown[] } }>;
    }
  >;
  security: unknown[];
  "x-operations"?: string[];
  "x-permission": string;
}

const document = createOpenApiDocument(routes, options);

function operation(route: Route): Operation {
  const found = document.paths[route.path]?.[route.method.toLowerCase()];
  if (found === undefined) throw new Error(`No operation ${route.name}`);
  return found as Operation;
}

/** Every object in a JSON value, with where it stands. */
function* objectsIn(json: unknown, at = "#"): Generator<[string, Record<string, unknown>]> {
  if (typeof json !== "object" || json === null) return;
  if (!Array.isArray(json)) yield [at, json as Record<string, unknown>];
  for (const [name, value] of Object.entries(json)) yield* objectsIn(value, `${at}/${name}`);
}

describe("the document as a whole", () => {
  test("has every route once, under its path and method, with its name as operationId", () => {
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item) as Operation[]);
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(routes.map(({ name }) => name).sort());
    for (const route of routes) expect(operation(route).operationId).toBe(route.name);
  });

  test("is the same text whatever the order of the routes", () => {
    const other = createOpenApiDocument([...routes].reverse(), options);
    expect(JSON.stringify(other)).toBe(JSON.stringify(document));
  });

  test("refers to nothing that it does not hold", () => {
    const known = Object.keys(document.components["schemas"] ?? {}).map((name) => `#/components/schemas/${name}`);
    const references = [...objectsIn(document)].flatMap(([, it]) =>
      typeof it["$ref"] === "string" ? [it["$ref"]] : [],
    );
    expect(references).toContain("#/components/schemas/Thing");
    expect(references).toContain("#/components/schemas/Problem");
    for (const reference of references) expect(known).toContain(reference);
  });

  test("holds schemas of one dialect only, without the marks of their making", () => {
    for (const [at, it] of objectsIn(document)) {
      for (const mark of ["$schema", "$defs", "$id", "nullable"])
        expect(`${at}: ${Object.keys(it).join()}`).not.toContain(mark);
    }
  });

  test("says where it is, who it lets in, and what its groups are about", () => {
    expect(document).toMatchObject({
      openapi: "3.1.0",
      info: {
        title: "CSP marketplace",
        version: "1.2.3",
        "x-data-version": 4,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "https://csp.example.com" }],
      tags: [{ name: "Things", description: "What it is about." }, { name: "Health" }, { name: "Reference" }],
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
          entra: {
            type: "oauth2",
            flows: {
              authorizationCode: {
                ...without(options.signIn, "scope"),
                scopes: { "api://csp/access_as_user": expect.any(String) as string },
              },
            },
          },
        },
      },
    });
  });
});

describe("each operation", () => {
  test.each(routes.map((route) => [route.name, route] as const))(
    "%s declares exactly its path parameters",
    (_, route) => {
      const inPath = operation(route).parameters.filter((parameter) => parameter.in === "path");
      expect(inPath.map(({ name }) => name)).toEqual(pathParameters(route.path));
      expect(inPath.every(({ required }) => required)).toBe(true);
    },
  );

  test.each(routes.map((route) => [route.name, route] as const))("%s describes each of its responses", (_, route) => {
    const { responses } = operation(route);
    for (const status of Object.keys(route.responses)) expect(responses).toHaveProperty(status);
    for (const [status, response] of Object.entries(responses)) {
      expect(status).toMatch(/^[2-5]\d\d$/);
      expect(response.description).not.toBe("");
    }
  });

  test("a list shows its filters: which are demanded, with their limits and descriptions", () => {
    const parameters = Object.fromEntries(operation(listThings).parameters.map((it) => [it.name, it]));
    expect(Object.keys(parameters)).toEqual(["$top", "cursor", "state", "from"]);
    expect(parameters["$top"]).toMatchObject({
      in: "query",
      required: false,
      schema: { type: "integer", minimum: 1, maximum: 200, default: 50 },
    });
    expect(parameters["state"]).toMatchObject({
      required: false,
      description: "Only those.",
      schema: { type: "array", items: { enum: ["open", "done"] } },
    });
    expect(parameters["from"]).toMatchObject({ required: true, schema: { type: "string" } });
  });

  test("a write shows its key, its preconditions and how to wait", () => {
    const headers = operation(replaceThing).parameters.filter((parameter) => parameter.in === "header");
    expect(headers.map(({ name, required }) => [name, required])).toEqual([
      ["Idempotency-Key", true],
      ["If-Match", false],
      ["If-None-Match", false],
      ["Prefer", false],
    ]);
    expect(operation(listThings).parameters.filter((parameter) => parameter.in === "header")).toEqual([]);
  });

  test("a body is demanded, and closed to unknown fields at every depth", () => {
    expect(operation(replaceThing).requestBody).toEqual({
      required: true,
      content: {
        "application/json": {
          schema: {
            type: "object",
            properties: {
              parts: {
                type: "array",
                items: {
                  type: "object",
                  properties: { n: { type: "integer", minimum: 1 } },
                  required: ["n"],
                  additionalProperties: false,
                },
              },
              note: { type: "string" },
            },
            required: ["parts"],
            additionalProperties: false,
          },
        },
      },
    });
  });

  test("answers refer to named schemas, and headers are told", () => {
    const { responses } = operation(replaceThing);
    expect(responses["201"]?.content).toEqual({
      "application/json": { schema: { $ref: "#/components/schemas/Thing" } },
    });
    expect(Object.keys(responses["201"]?.headers ?? {})).toEqual(["x-correlation-id", "ETag"]);
    expect(Object.keys(responses["202"]?.headers ?? {})).toEqual([
      "x-correlation-id",
      "Operation-Location",
      "Retry-After",
    ]);
    expect(responses["202"]?.content).toBeUndefined();
  });

  test("refusals of one status are one problem response with the codes it may carry", () => {
    const conflict = operation(replaceThing).responses["409"];
    expect(conflict?.description).toBe("`duplicate`: The name is taken.\n\n`thingBusy`: Work goes on.");
    expect(conflict?.content?.["application/problem+json"]?.schema.allOf).toEqual([
      { $ref: "#/components/schemas/Problem" },
      { type: "object", properties: { code: { type: "string", enum: ["duplicate", "thingBusy"] } } },
    ]);
  });

  test("says its rows of the operation table, its permission, and whether it needs a token", () => {
    expect(operation(listThings)).toMatchObject({ "x-operations": ["C2", "C25"], "x-permission": "reseller.read" });
    expect(operation(listThings).security).toEqual([{ entra: ["api://csp/access_as_user"] }, { bearer: [] }]);
    expect(operation(getLiveness).security).toEqual([]);
  });
});

test("a named schema is written for a reader: a format without the pattern that repeats it", () => {
  expect((document.components["schemas"] as Record<string, unknown>)["Thing"]).toEqual({
    type: "object",
    description: "A thing.",
    properties: {
      id: { type: "string", pattern: expect.any(String) as string },
      tenant: { type: "string", format: "uuid" },
      count: { type: "integer" },
      at: { type: "string", format: "date-time" },
    },
    required: ["id", "tenant", "count", "at"],
  });
});

describe("a declaration that cannot be written down is named", () => {
  const base = { ...replaceThing, name: "oddThing" };
  const other = z.object({ x: z.string() }).meta({ id: "Thing" });

  test.each<[string, Route, string]>([
    [
      "a nested object of a body that takes unknown fields",
      { ...base, body: z.strictObject({ deep: z.array(z.object({ a: z.string() })) }) },
      "unknown fields at /properties/deep/items",
    ],
    [
      "one name for two schemas",
      { ...base, responses: { 200: { description: "", schema: z.array(other) } } },
      "named Thing",
    ],
  ])("%s", (_, route, message) => {
    const making = () => createOpenApiDocument([listThings, route], options);
    expect(making).toThrow(TypeError);
    expect(making).toThrow("Route oddThing: ");
    expect(making).toThrow(message);
  });
});

function without<T extends object, K extends keyof T>(object: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = object;
  return rest;
}
