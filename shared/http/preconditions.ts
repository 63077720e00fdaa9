import type { Route } from "../api/route";
import { AppError } from "../errors";
import { parseEtag } from "./etag";

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The Idempotency-Key every write needs; `undefined` on GET. */
export function readIdempotencyKey(route: Route, headers: Headers): string | undefined {
  if (route.method === "GET") return undefined;
  const key = headers.get("idempotency-key") ?? "";
  if (KEY.test(key)) return key;
  throw new AppError(
    "invalid",
    "idempotencyKeyRequired",
    "Send an Idempotency-Key header of 1 to 255 visible ASCII characters, new for each request and kept for its repeats.",
    { errors: [{ pointer: "/header/Idempotency-Key", message: key === "" ? "Missing." : "Not a valid key." }] },
  );
}

/**
 * The ETag of If-Match as the route demands it; `undefined` when the caller says `If-None-Match: *`, or the route has
 * no precondition. `If-Match: *` is no version, so it counts as missing: nobody overwrites what they have not read.
 */
export function readIfMatch(route: Route, headers: Headers): string | undefined {
  if (route.concurrency === undefined) return undefined;
  const match = route.concurrency === "ifNoneMatch" ? null : headers.get("if-match");
  const noneMatch = route.concurrency === "ifMatch" ? null : headers.get("if-none-match");
  if (match !== null && noneMatch !== null) throw badHeader("If-Match", "Send If-Match or If-None-Match, not both.");
  if (noneMatch !== null) {
    if (noneMatch.trim() === "*") return undefined;
    throw badHeader("If-None-Match", "Only * is understood here: create it, it must not exist.");
  }
  if (match === null || match.trim() === "*") throw required(route);
  const etag = parseEtag(match);
  if (etag === undefined) throw badHeader("If-Match", "Must be one ETag in double quotes, as it was given.");
  return etag;
}

function required(route: Route): AppError {
  const ways = {
    ifMatch: "Send If-Match with the ETag of the version you read.",
    ifNoneMatch: "Send If-None-Match: * to say that it must not exist yet.",
    ifMatchOrNoneMatch: "Send If-Match with the ETag of the version you read, or If-None-Match: * to create it.",
  };
  return new AppError("precondition-required", "ifMatchRequired", ways[route.concurrency ?? "ifMatch"]);
}

function badHeader(name: string, message: string): AppError {
  return new AppError("invalid", "validation", `${name}: ${message}`, {
    errors: [{ pointer: `/header/${name}`, message }],
  });
}
