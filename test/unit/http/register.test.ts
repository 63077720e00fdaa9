import type { HttpFunctionOptions } from "@azure/functions";
import { getLiveness } from "../../../shared/api/health";
import { defineRoute } from "../../../shared/api/route";
import { endpoint, type Endpoint } from "../../../shared/http/endpoint";
import { registerEndpoints } from "../../../shared/http/register";
import { testEdge } from "./exchange";

function functionsApp() {
  const registered = new Map<string, HttpFunctionOptions>();
  return { registered, http: (name: string, options: HttpFunctionOptions) => void registered.set(name, options) };
}

const live = endpoint(getLiveness, () => Promise.resolve({ status: 200, body: { status: "live" } }));
const at = (name: string, path: `/${string}`): Endpoint => ({ ...live, route: { ...getLiveness, name, path } });

test("an endpoint becomes a function of its name, without function keys, at its path without the first slash", () => {
  const app = functionsApp();
  registerEndpoints(app, [live], testEdge().edge);
  expect([...app.registered]).toEqual([
    [
      "getLiveness",
      { methods: ["GET"], authLevel: "anonymous", route: "api/health/live", handler: expect.any(Function) as unknown },
    ],
  ]);
});

test.each<[string, Endpoint]>([
  ["name", at("getLiveness", "/elsewhere")],
  ["address", at("other", "/api/health/live")],
])("two endpoints of one %s are a bug, and nothing is registered", (_, second) => {
  const app = functionsApp();
  expect(() => registerEndpoints(app, [live, second], testEdge().edge)).toThrow(TypeError);
  expect(app.registered.size).toBe(0);
});

test("addresses that differ only in the name of a parameter are the same address", () => {
  const app = functionsApp();
  const pair = [at("a", "/api/{x}"), at("b", "/api/{y}")];
  expect(() => registerEndpoints(app, pair, testEdge().edge)).toThrow("GET /api/{}");
});

test("a declaration with a mistake stops the program when it starts", () => {
  expect(() => defineRoute({ ...getLiveness, name: "Get Liveness" })).toThrow("Route Get Liveness: the name");
});
