import { z } from "zod";
import { errorsOf } from "../../../shared/api/common-errors";
import { listOf, pageQuery } from "../../../shared/api/list";
import { defineRoute, pathParameters, type Route } from "../../../shared/api/route";

const read: Route = {
  name: "readThing",
  operations: ["C1"],
  method: "GET",
  path: "/api/things/{thingId}",
  summary: "Read a thing",
  tag: "Things",
  permission: "tenant.read",
  params: z.object({ thingId: z.string() }),
  responses: { 200: { description: "It." } },
};
const write: Route = { ...read, name: "writeThing", method: "POST" };

test("a declaration without a mistake is given back as it is", () => {
  expect(defineRoute(read)).toBe(read);
});

test("a callback may take a query that somebody else adds to", () => {
  const callback: Route = { ...read, permission: "anonymous", query: z.object({ code: z.string() }) };
  expect(defineRoute(callback)).toBe(callback);
});

test.each<[string, Route, string]>([
  ["a name that is no function name", { ...read, name: "read-thing" }, "letters and digits"],
  ["a parameter the path lacks", { ...read, path: "/api/things" }, "params has {thingId}"],
  ["a parameter nobody declares", { ...read, path: "/api/{a}/{thingId}" }, "the path has {a,thingId}"],
  ["a GET with a body", { ...read, body: z.strictObject({}) }, "a GET takes no body"],
  ["a GET with a precondition", { ...read, concurrency: "ifMatch" }, "a GET takes no precondition"],
  ["a write for anybody", { ...write, permission: "anonymous" }, "an anonymous route must be a GET"],
  ["a write with a query", { ...write, query: z.strictObject({}) }, "only a GET takes a query"],
  ["a query that takes anything", { ...read, query: z.object({}) }, "strict objects"],
  ["a body that takes anything", { ...write, body: z.looseObject({}) }, "strict objects"],
  ["no answer", { ...read, responses: {} }, "it declares no response"],
])("%s is named with the route", (_, route, message) => {
  expect(() => defineRoute(route)).toThrow(TypeError);
  expect(() => defineRoute(route)).toThrow(`Route ${route.name}: `);
  expect(() => defineRoute(route)).toThrow(message);
});

test("the parameters of a path are its names in braces, in order", () => {
  expect(pathParameters("/a/{b}/c/{d}")).toEqual(["b", "d"]);
});

test("the errors of a route are those its shape brings, and its own, which may say a common one better", () => {
  const statuses = (route: Route) =>
    Object.fromEntries(Object.entries(errorsOf(route)).map(([code, { status }]) => [code, status]));
  expect(statuses(read)).toEqual({
    validation: 400,
    unauthenticated: 401,
    forbidden: 403,
    notFound: 404,
    tooManyRequests: 429,
    internalError: 500,
    newerVersion: 503,
    signInUnavailable: 503,
  });
  expect(statuses({ ...read, operations: [] })).not.toHaveProperty("newerVersion");
  expect(statuses({ ...read, permission: "anonymous" })).toEqual({
    validation: 400,
    notFound: 404,
    tooManyRequests: 429,
    internalError: 500,
    newerVersion: 503,
  });
  expect(statuses({ ...write, permission: "signedIn", concurrency: "ifMatch" })).toMatchObject({
    idempotencyKeyRequired: 400,
    idempotencyKeyReused: 422,
    invalidJson: 400,
    bodyTooLarge: 413,
    unsupportedMediaType: 415,
    ifMatchRequired: 428,
    etagMismatch: 412,
  });
  const own = errorsOf({ ...read, errors: { notFound: { status: 404, description: "No such reseller." } } });
  expect(own["notFound"]?.description).toBe("No such reseller.");
});

test("a list's query has a page size with a limit, and its answer a nextLink only when there is more", () => {
  const query = z.strictObject(pageQuery);
  expect(query.parse({})).toEqual({ $top: 50 });
  expect(query.parse({ $top: "200", cursor: "c" })).toEqual({ $top: 200, cursor: "c" });
  for (const bad of ["0", "201", "1.5", "many", ""]) expect(query.safeParse({ $top: bad }).success).toBe(false);
  const list = listOf(z.string());
  expect(list.parse({ value: ["a"] })).toEqual({ value: ["a"] });
  expect(list.safeParse({ value: [], nextLink: null }).success).toBe(false);
});
