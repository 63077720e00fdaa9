import { formatEtag, parseEtag } from "../../../shared/http/etag";
import { readIdempotencyKey, readIfMatch } from "../../../shared/http/preconditions";
import {
  readAccepts,
  readClientIp,
  readCookies,
  readCorrelationId,
  readWaitSeconds,
} from "../../../shared/http/request-facts";
import type { Concurrency, Route } from "../../../shared/api/route";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("Accept", () => {
  test.each([
    ["nothing asked", undefined, false],
    ["anything", "*/*", false],
    ["any text", "text/*, */*;q=0.1", false],
    ["the type alone", "text/csv", true],
    ["the type in other case, with a parameter", "Text/CSV;charset=utf-8", true],
    ["the type before JSON", "text/csv, application/json", true],
    ["the type after JSON", "application/json, text/csv", false],
    ["the type with more weight than JSON", "application/json;q=0.5, text/csv;q=0.8", true],
    ["the type that is refused", "text/csv;q=0", false],
    ["nonsense", ",;q=;,text/csv;q=x", false],
  ])("%s", (_, accept, expected) => {
    expect(readAccepts(new Headers(accept === undefined ? {} : { accept }))("text/csv")).toBe(expected);
  });
});

describe("the correlation id", () => {
  test.each([
    ["our own header", { "x-correlation-id": "abc-1" }, "abc-1"],
    ["Microsoft's header", { "x-ms-client-request-id": "abc-2" }, "abc-2"],
    ["ours before Microsoft's", { "x-correlation-id": "abc-1", "x-ms-client-request-id": "abc-2" }, "abc-1"],
    ["the trace id", { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }, TRACE],
  ])("is taken from %s", (_, headers, id) => {
    expect(readCorrelationId(new Headers(headers))).toBe(id);
  });

  test.each<[string, Record<string, string>]>([
    ["nothing was sent", {}],
    ["it is too long", { "x-correlation-id": "a".repeat(65) }],
    ["it could break a log", { "x-correlation-id": "a<script>" }],
    ["the trace id is all zeros", { traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01` }],
    ["traceparent is odd", { traceparent: "00-zz-1-1" }],
  ])("is new when %s", (_, headers) => {
    expect(readCorrelationId(new Headers(headers))).toMatch(UUID);
  });
});

test.each<[string, string | undefined, string | undefined]>([
  ["an address with a port", "203.0.113.9:4711", "203.0.113.9"],
  ["what the caller wrote before it is not believed", "1.1.1.1, 203.0.113.9", "203.0.113.9"],
  ["IPv6", "2001:db8::1", "2001:db8::1"],
  ["IPv6 with a port", "[2001:db8::1]:443", "2001:db8::1"],
  ["text", "localhost", undefined],
  ["nothing", undefined, undefined],
])("the caller's address: %s", (_, header, ip) => {
  expect(readClientIp(new Headers(header === undefined ? {} : { "x-forwarded-for": header }))).toBe(ip);
});

test.each<[string | undefined, number]>([
  ["wait=5", 5],
  ["respond-async, wait=5", 5],
  ['Wait = "7"', 7],
  ["wait=5; foo=bar", 5],
  ["wait=600", 20],
  ["wait=-1", 0],
  ["wait=soon", 0],
  ["return=minimal", 0],
  [undefined, 0],
])("Prefer: %s waits %i seconds", (header, seconds) => {
  expect(readWaitSeconds(new Headers(header === undefined ? {} : { prefer: header }))).toBe(seconds);
});

test("cookies are read by name: encoded, empty, odd and repeated ones too", () => {
  const cookies = readCookies(new Headers({ cookie: "a=1; b=x%20y; c=; a=2; d=%E0%A4%A; =no; lone" }));
  expect([...cookies]).toEqual([
    ["a", "1"],
    ["b", "x y"],
    ["c", ""],
    ["d", "%E0%A4%A"],
  ]);
});

describe("an ETag", () => {
  test.each(["v1", "W/\"datetime'2026-03-01T12%3A00%3A00.1Z'\"", 'a"b', "100%", "ü ß", "abc=="])(
    "carries %s there and back",
    (opaque) => {
      const header = formatEtag(opaque);
      expect(header).toMatch(/^"[\x21\x23-\x7e]+"$/);
      expect(parseEtag(header)).toBe(opaque);
    },
  );

  test("weakened by a proxy still names the version", () => {
    expect(parseEtag('W/"v1"')).toBe("v1");
  });

  test.each(["v1", '""', '"a" "b"', '"a', '"%zz"', ""])("written as %s is none", (header) => {
    expect(parseEtag(header)).toBeUndefined();
  });
});

describe("preconditions", () => {
  const routeWith = (concurrency: Concurrency): Route => ({
    name: "it",
    operations: [],
    method: "PUT",
    path: "/it",
    summary: "",
    tag: "",
    permission: "signedIn",
    concurrency,
    responses: { 204: { description: "" } },
  });

  test.each<[Concurrency, Record<string, string>, string | undefined]>([
    ["ifMatch", { "if-match": '"v1"' }, "v1"],
    ["ifMatch", { "if-match": '"v1"', "if-none-match": "*" }, "v1"],
    ["ifNoneMatch", { "if-none-match": "*" }, undefined],
    ["ifMatchOrNoneMatch", { "if-match": '"v1"' }, "v1"],
    ["ifMatchOrNoneMatch", { "if-none-match": " * " }, undefined],
  ])("%s with %j is understood", (concurrency, headers, etag) => {
    expect(readIfMatch(routeWith(concurrency), new Headers(headers))).toBe(etag);
  });

  test.each<[Concurrency, Record<string, string>, string]>([
    ["ifMatch", {}, "ifMatchRequired"],
    ["ifMatch", { "if-match": "*" }, "ifMatchRequired"],
    ["ifMatch", { "if-none-match": "*" }, "ifMatchRequired"],
    ["ifNoneMatch", {}, "ifMatchRequired"],
    ["ifNoneMatch", { "if-match": '"v1"' }, "ifMatchRequired"],
    ["ifNoneMatch", { "if-none-match": '"v1"' }, "validation"],
    ["ifMatchOrNoneMatch", {}, "ifMatchRequired"],
    ["ifMatchOrNoneMatch", { "if-match": "*" }, "ifMatchRequired"],
    ["ifMatchOrNoneMatch", { "if-match": '"v1"', "if-none-match": "*" }, "validation"],
  ])("%s with %j is refused as %s", (concurrency, headers, code) => {
    expect(() => readIfMatch(routeWith(concurrency), new Headers(headers))).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });

  test("a key of 255 visible characters is fine on a write, and none is asked for on a GET", () => {
    const put = routeWith("ifMatch");
    const key = "~".repeat(255);
    expect(readIdempotencyKey(put, new Headers({ "idempotency-key": key }))).toBe(key);
    expect(readIdempotencyKey({ ...put, method: "GET" }, new Headers())).toBeUndefined();
  });
});
