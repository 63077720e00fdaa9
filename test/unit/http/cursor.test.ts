import { z } from "zod";
import { CustomerId, TenantId } from "../../../shared/domain/access/ids";
import type { Actor } from "../../../shared/domain/access/actor";
import { createCursors } from "../../../shared/http/cursor";
import { admin } from "./exchange";

const KEY = new Uint8Array(32).fill(7);
const Position = z.strictObject({ partition: z.string(), row: z.string() });
const next = { partition: "tenants", row: "ü/7" };
const ONE = TenantId.parse("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa");
const TWO = TenantId.parse("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb");
const OWNER = CustomerId.parse("0123456789abcdefghjkmnpqrs");

const at = (query: string, path = "/api/v1/csp/tenants") => new URL(`https://csp.example.com${path}${query}`);
const seeing = (...tenantIds: TenantId[]): Actor => ({
  ...admin,
  scope: { kind: "some", customerIds: [OWNER], tenantIds },
});

function cursorOf(link: string | undefined): string {
  return new URL(link ?? "").searchParams.get("cursor") ?? "";
}

test("a nextLink leads to the next page: absolute, with the same filters, and a cursor that opens there", () => {
  const cursors = createCursors(KEY);
  const request = { actor: admin, url: at("?search=a%20b&$top=2") };
  const page = cursors.page(["x", "y"], next, request);
  expect(page.value).toEqual(["x", "y"]);
  const link = new URL(page.nextLink ?? "");
  expect(link.origin + link.pathname).toBe("https://csp.example.com/api/v1/csp/tenants");
  expect(link.searchParams.get("search")).toBe("a b");
  expect(link.searchParams.get("$top")).toBe("2");
  expect(cursors.open(cursorOf(page.nextLink), Position, { actor: admin, url: link })).toEqual(next);
});

test("the page after that replaces the cursor instead of adding one", () => {
  const cursors = createCursors(KEY);
  const second = new URL(cursors.page([], next, { actor: admin, url: at("") }).nextLink ?? "");
  const third = cursors.page([], { ...next, row: "8" }, { actor: admin, url: second });
  expect(new URL(third.nextLink ?? "").searchParams.getAll("cursor")).toHaveLength(1);
});

test("the last page has no nextLink at all", () => {
  expect(createCursors(KEY).page([1], undefined, { actor: admin, url: at("") })).toEqual({ value: [1] });
});

test("no cursor is the first page", () => {
  expect(createCursors(KEY).open(undefined, Position, { actor: admin, url: at("") })).toBeUndefined();
});

test("the order of filters, and of what the caller may see, makes no difference", () => {
  const cursors = createCursors(KEY);
  const { nextLink } = cursors.page([], next, { actor: seeing(ONE, TWO), url: at("?a=1&b=2") });
  expect(cursors.open(cursorOf(nextLink), Position, { actor: seeing(TWO, ONE), url: at("?b=2&a=1") })).toEqual(next);
});

describe("a cursor is refused", () => {
  const cursors = createCursors(KEY);
  const home = { actor: seeing(ONE), url: at("?state=open") };
  const cursor = cursorOf(cursors.page([], next, home).nextLink);
  const [payload = "", signature = ""] = cursor.split(".");
  const forged = Buffer.from(JSON.stringify({ partition: "msp", row: "0" })).toString("base64url");

  test.each([
    ["in another scope", cursor, { ...home, actor: seeing(ONE, TWO) }],
    ["by somebody who sees all", cursor, { ...home, actor: admin }],
    ["with other filters", cursor, { ...home, url: at("?state=done") }],
    ["with a filter less", cursor, { ...home, url: at("") }],
    ["on another list", cursor, { ...home, url: at("?state=open", "/api/v1/csp/resellers") }],
    ["with another position", `${forged}.${signature}`, home],
    ["without a signature", payload, home],
    ["with more behind it", `${cursor}.x`, home],
    ["when it is nonsense", "%%%", home],
    ["when it is empty", "", home],
  ])("%s", (_, given, request) => {
    expect(() => cursors.open(given, Position, request)).toThrow(
      expect.objectContaining({ kind: "invalid", code: "cursorInvalid" }) as Error,
    );
  });

  test("after the key was changed", () => {
    const later = createCursors(new Uint8Array(32).fill(8));
    expect(() => later.open(cursor, Position, home)).toThrow(
      expect.objectContaining({ code: "cursorInvalid" }) as Error,
    );
  });

  test("when an older release gave positions another shape", () => {
    expect(() => cursors.open(cursor, z.strictObject({ seq: z.int() }), home)).toThrow(
      expect.objectContaining({ code: "cursorInvalid" }) as Error,
    );
  });
});

test("a short key is a mistake in the settings, said at the start", () => {
  expect(() => createCursors(new Uint8Array(8))).toThrow("32 bytes");
});
