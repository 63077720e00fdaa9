import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpCookie, HttpData, Nullable, TypedData } from "./core-api";

const SAME_SITE = { none: undefined, lax: "Lax", strict: "Strict", explicitNone: "None" } as const;

/** Headers that describe the connection and not the answer; the host sets its own. */
const OWN_HEADERS = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

/** The request as the host hands it to the library. */
export function toTypedRequest(
  request: IncomingMessage,
  url: URL,
  params: Record<string, string>,
  body: Buffer,
): TypedData {
  const headers = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")] as const,
  );
  const http: HttpData = {
    method: request.method ?? "GET",
    url: url.href,
    nullableHeaders: nullable(headers),
    nullableParams: nullable(Object.entries(params)),
    nullableQuery: nullable([...url.searchParams]),
    body: body.length > 0 ? { bytes: body } : null,
  };
  return { http };
}

/** Writes what a function returned. Nothing returned is 204, as in Azure. */
export function writeTypedResponse(response: ServerResponse, returned: TypedData | null | undefined): void {
  const http = returned?.http;
  if (!http) {
    response.writeHead(204).end();
    return;
  }
  for (const [name, value] of Object.entries(http.headers ?? {})) {
    if (!OWN_HEADERS.has(name.toLowerCase())) response.setHeader(name, value);
  }
  const cookies = (http.cookies ?? []).map(toSetCookie);
  if (cookies.length > 0) response.appendHeader("set-cookie", cookies);
  response.writeHead(Number(http.statusCode ?? 200));
  response.end(toBytes(http.body));
}

/** The bytes of one value that travels as a body or a message. */
export function toBytes(data: TypedData | null | undefined): Buffer {
  if (!data) return Buffer.alloc(0);
  if (data.bytes) return Buffer.from(data.bytes);
  return Buffer.from(data.string ?? data.json ?? String(data.int ?? data.double ?? ""), "utf8");
}

function nullable(entries: readonly (readonly [string, string])[]): Record<string, Nullable<string>> {
  return Object.fromEntries(entries.map(([name, value]) => [name, { value }]));
}

function toSetCookie(cookie: HttpCookie): string {
  const sameSite = SAME_SITE[cookie.sameSite ?? "none"];
  const expires = cookie.expires?.value?.seconds;
  const maxAge = cookie.maxAge?.value;
  return [
    `${encodeURIComponent(cookie.name ?? "")}=${encodeURIComponent(cookie.value ?? "")}`,
    cookie.domain?.value && `Domain=${cookie.domain.value}`,
    cookie.path?.value && `Path=${cookie.path.value}`,
    expires !== undefined && expires !== null && `Expires=${new Date(Number(expires) * 1000).toUTCString()}`,
    maxAge !== undefined && maxAge !== null && `Max-Age=${maxAge}`,
    cookie.secure?.value && "Secure",
    cookie.httpOnly?.value && "HttpOnly",
    sameSite && `SameSite=${sameSite}`,
  ]
    .filter(Boolean)
    .join("; ");
}
