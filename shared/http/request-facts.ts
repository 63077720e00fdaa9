import { randomUUID } from "node:crypto";
import { isIP } from "node:net";

const LONGEST_WAIT_SECONDS = 20;
const CORRELATION = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** The caller's correlation id, else the trace id of `traceparent` (W3C), else a new one. Odd ones are not repeated. */
export function readCorrelationId(headers: Headers): string {
  for (const name of ["x-correlation-id", "x-ms-client-request-id"]) {
    const given = headers.get(name);
    if (given !== null && CORRELATION.test(given)) return given;
  }
  const trace = TRACEPARENT.exec(headers.get("traceparent") ?? "")?.[1];
  return trace !== undefined && /[^0]/.test(trace) ? trace : randomUUID();
}

/**
 * The address that reached Azure: its front end appends it to X-Forwarded-For, so the last entry is the only one a
 * caller cannot write. Text that is no address is dropped.
 */
export function readClientIp(headers: Headers): string | undefined {
  const last = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  const bare = /^\[(.+)\](?::\d+)?$/.exec(last)?.[1] ?? /^([0-9.]+):\d+$/.exec(last)?.[1] ?? last;
  return isIP(bare) === 0 ? undefined : bare;
}

/** The seconds of `Prefer: wait=n` (RFC 7240), at most 20; 0 without it. A preference nobody understands is ignored. */
export function readWaitSeconds(headers: Headers): number {
  for (const preference of (headers.get("prefer") ?? "").split(",")) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:;.*)?$/i.exec(preference)?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
  }
  return 0;
}

/**
 * Whether the caller prefers a media type to JSON: it is named in Accept (RFC 9110 §12.5.1) with a higher weight, or with
 * the same and earlier. Ranges such as `text/*` ask for nothing in particular, so they get JSON.
 */
export function readAccepts(headers: Headers): (mediaType: string) => boolean {
  const named = (headers.get("accept") ?? "").split(",").map((part, place) => {
    const [type = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const weight = Number(parameters.find((text) => text.startsWith("q="))?.slice(2) ?? 1);
    return { type, weight: Number.isFinite(weight) ? weight : 0, place };
  });
  const find = (type: string) => named.find((one) => one.type === type && one.weight > 0);
  return (mediaType) => {
    const [wanted, json] = [find(mediaType), find("application/json")];
    if (wanted === undefined || json === undefined) return wanted !== undefined;
    return wanted.weight > json.weight || (wanted.weight === json.weight && wanted.place < json.place);
  };
}

/** The cookies of the request; the first of a name counts (RFC 6265: the one with the longest path). */
export function readCookies(headers: Headers): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    if (at > 0 && name !== "" && !cookies.has(name)) cookies.set(name, decoded(pair.slice(at + 1).trim()));
  }
  return cookies;
}

/** The host encodes cookie values it sets, so they are decoded here; text that cannot be is taken as it is. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
