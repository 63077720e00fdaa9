import { retryAfterSeconds } from "../retry";
import type { Telemetry } from "../domain/telemetry/telemetry";
import type { Transport } from "./transport";

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** The transport, each call of which is measured. Neither the request nor the answer is touched. */
export function measuredTransport(transport: Transport, telemetry: Pick<Telemetry, "call">): Transport {
  return (request) => {
    const { method, url } = request;
    const call = {
      api: "partnerCenter",
      method: method === "GET" ? "read" : "write",
      // Ids are not for names: a trace is found by what was asked, a customer by the correlation id.
      name: `${method} ${url.pathname.replace(GUID, "{id}")}`,
    } as const;
    return telemetry.call(
      call,
      () => transport(request),
      (answer) => ({
        status: answer.status,
        retryAfterSeconds: retryAfterSeconds(answer.header("retry-after"), new Date()),
      }),
    );
  };
}
