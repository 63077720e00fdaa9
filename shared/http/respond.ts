import type { HttpResponseInit } from "@azure/functions";
import type { Route } from "../api/route";
import type { AnyResult } from "./endpoint";
import { formatEtag } from "./etag";
import { EXPOSED_HEADERS, SECURITY_HEADERS } from "./security-headers";

/** Read by browsers only for origins that the platform's CORS lets in; by default there are none. */
const ALWAYS = { ...SECURITY_HEADERS, "Access-Control-Expose-Headers": EXPOSED_HEADERS };

/** A handler's result as the host sends it: addresses absolute, ETag quoted, body as declared and otherwise untouched. */
export function toHttpResponse(route: Route, result: AnyResult, publicUrl: URL): HttpResponseInit {
  const headers: Record<string, string> = {};
  const contentType = contentTypeOf(route, result);
  if (contentType !== undefined) headers["Content-Type"] = contentType;
  if (result.etag !== undefined) headers["ETag"] = formatEtag(result.etag);
  if (result.location !== undefined) headers["Location"] = new URL(result.location, publicUrl).href;
  if (result.operationLocation !== undefined) {
    headers["Operation-Location"] = new URL(result.operationLocation, publicUrl).href;
  }
  if (result.retryAfterSeconds !== undefined) headers["Retry-After"] = String(Math.ceil(result.retryAfterSeconds));
  return {
    status: result.status,
    headers: mergeHeaders(headers, result.headers ?? {}),
    ...(result.cookies === undefined ? {} : { cookies: [...result.cookies] }),
    ...(contentType === undefined ? {} : { body: bodyOf(result.otherBody ?? result.body, contentType) }),
  };
}

/** The headers every answer carries, under those given; names compare without case, so nothing is sent twice. */
export function mergeHeaders(...given: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const merged = new Map<string, [string, string]>();
  for (const headers of [ALWAYS, ...given]) {
    for (const [name, value] of Object.entries(headers)) merged.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(merged.values());
}

function contentTypeOf(route: Route, result: AnyResult): string | undefined {
  const declared = route.responses[result.status];
  if (result.otherBody !== undefined) return declared?.otherContentType ?? "text/plain; charset=utf-8";
  if (result.body === undefined) return undefined;
  return declared?.contentType ?? "application/json; charset=utf-8";
}

function bodyOf(body: unknown, contentType: string | undefined): string | Uint8Array {
  const isRaw = contentType !== undefined && !/^application\/(?:[\w.+-]+\+)?json\b/.test(contentType);
  if (isRaw && (typeof body === "string" || body instanceof Uint8Array)) return body;
  return JSON.stringify(body);
}
