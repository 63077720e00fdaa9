import type { Telemetry, UpstreamCall } from "../domain/telemetry/telemetry";
import { retryAfterSeconds } from "../retry";

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[^/]+\.[^/]*[a-z][^/]*/gi;
const VERSION = /^v\d+\.\d+$/;

/** `fetch`, each call of which is measured. The path names it in a trace, without ids and domains, and without a query. */
export function measuredFetch(api: UpstreamCall["api"], telemetry: Pick<Telemetry, "call">): typeof fetch {
  return (input, init) => {
    const method = init?.method ?? "GET";
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const path = pathname.replace(ID, (part) => (VERSION.test(part) ? part : "{id}"));
    // Tokens are asked for by POST, and nothing is changed by that.
    const call = { api, method: "read", name: `${method} ${path}` } as const;
    return telemetry.call(
      call,
      () => fetch(input, init),
      ({ status, headers }) => ({
        status,
        retryAfterSeconds: retryAfterSeconds(headers.get("retry-after") ?? undefined, new Date()),
      }),
    );
  };
}
