import type { app as functionsApp } from "@azure/functions";
import type { Endpoint } from "./endpoint";
import { createHttpHandler, type HttpEdge } from "./http-handler";

/**
 * Registers every endpoint with the Functions app. `anonymous` turns off function keys only: the edge itself verifies
 * tokens. Two endpoints with one name, or one method and path, are a bug: it throws a `TypeError`.
 */
export function registerEndpoints(
  app: Pick<typeof functionsApp, "http">,
  endpoints: readonly Endpoint[],
  edge: HttpEdge,
): void {
  const taken = new Set<string>();
  for (const { route } of endpoints) {
    for (const claim of [route.name, `${route.method} ${route.path.replace(/\{[^}]*\}/g, "{}")}`]) {
      if (taken.has(claim)) throw new TypeError(`Two endpoints claim ${claim}.`);
      taken.add(claim);
    }
  }
  for (const endpoint of endpoints) {
    app.http(endpoint.route.name, {
      methods: [endpoint.route.method],
      authLevel: "anonymous",
      route: endpoint.route.path.slice(1),
      handler: createHttpHandler(endpoint, edge),
    });
  }
}
