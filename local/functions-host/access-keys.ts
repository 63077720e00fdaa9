import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { HttpTrigger } from "./bindings";
import type { HostKeys } from "./settings";

/** The key a caller presents: header `x-functions-key`, or query parameter `code`. */
export function presentedKey(request: IncomingMessage, url: URL): string | undefined {
  const header = request.headers["x-functions-key"];
  return (Array.isArray(header) ? header[0] : header) ?? url.searchParams.get("code") ?? undefined;
}

export function isMasterKey(keys: HostKeys, key: string | undefined): boolean {
  return same(keys.master, key);
}

/**
 * Whether a key opens a function. Levels are enforced as in Azure, so without configured keys a `function` or `admin`
 * function answers nobody.
 */
export function mayCall(
  keys: HostKeys,
  level: HttpTrigger["authLevel"],
  functionName: string,
  key: string | undefined,
): boolean {
  if (level === "anonymous" || isMasterKey(keys, key)) return true;
  if (level === "admin") return false;
  const own = keys.functions[functionName] ?? {};
  return [...Object.values(keys.host), ...Object.values(own)].some((known) => same(known, key));
}

function same(known: string | undefined, key: string | undefined): boolean {
  if (known === undefined || key === undefined) return false;
  const [a, b] = [Buffer.from(known), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}
