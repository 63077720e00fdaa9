import { createHmac, timingSafeEqual } from "node:crypto";
import type { z } from "zod";
import type { Actor, Scope } from "../domain/access/actor";
import { AppError } from "../errors";
import { canonicalJson } from "./idempotency-key";

/** The request a cursor belongs to. */
interface CursorRequest {
  actor: Actor;
  /** The request's public address with its query. */
  url: URL;
}

interface Page<Item> {
  value: Item[];
  nextLink?: string;
  notShown?: number;
}

export interface Cursors {
  /**
   * The position inside a cursor, parsed; `undefined` without one. Anything we did not make for this scope, path and
   * filters is `invalid` / `cursorInvalid`.
   */
  open<Position>(
    cursor: string | undefined,
    position: z.ZodType<Position>,
    request: CursorRequest,
  ): Position | undefined;
  /**
   * A list answer; `next` is where the following page starts (any JSON), `undefined` on the last page. `notShown` items of
   * this page were left out.
   */
  page<Item>(value: Item[], next: unknown, request: CursorRequest, notShown?: number): Page<Item>;
}

/** Cursors signed with HMAC-SHA-256. They are readable, so positions hold no secrets; a new key ends those in use. */
export function createCursors(key: Uint8Array): Cursors {
  if (key.length < 32) throw new RangeError("A cursor key needs 32 bytes.");
  const signatureOf = (payload: string, request: CursorRequest): Buffer =>
    createHmac("sha256", key)
      .update(`cursor1\n${payload}\n${bindingOf(request)}`)
      .digest();
  return {
    open(cursor, position, request) {
      if (cursor === undefined) return undefined;
      const [payload = "", signature = "", ...rest] = cursor.split(".");
      const given = Buffer.from(signature, "base64url");
      const expected = signatureOf(payload, request);
      if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalid();
      const parsed = position.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
      // Signed by us, yet of another shape: an older release made it.
      if (!parsed.success) throw invalid(parsed.error);
      return parsed.data;
    },
    page(items, next, request, notShown = 0) {
      const page = { value: items, ...(notShown > 0 ? { notShown } : {}) };
      if (next === undefined) return page;
      const payload = Buffer.from(JSON.stringify(next), "utf8").toString("base64url");
      const link = new URL(request.url);
      link.searchParams.set("cursor", `${payload}.${signatureOf(payload, request).toString("base64url")}`);
      return { ...page, nextLink: link.href };
    },
  };
}

/** What the cursor is good for: the path, the filters in any order, and what the caller may see. */
function bindingOf({ actor, url }: CursorRequest): string {
  const filters = [...url.searchParams].filter(([name]) => name !== "cursor");
  filters.sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
  return canonicalJson([url.pathname, filters, scopeText(actor.scope)]);
}

function scopeText(scope: Scope): unknown {
  if (scope.kind === "all") return "all";
  return [[...scope.customerIds].sort(), [...scope.tenantIds].sort()];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function invalid(cause?: unknown): AppError {
  return new AppError("invalid", "cursorInvalid", "This cursor belongs to another list. Start again without it.", {
    errors: [{ pointer: "/query/cursor", message: "Not a cursor of this list." }],
    cause,
  });
}
