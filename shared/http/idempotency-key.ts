import { createHash } from "node:crypto";
import type { Route } from "../api/route";

/** How a write is remembered: the same `hash` with another `bodyHash` is a key used twice (422 `idempotencyKeyReused`). */
export interface Idempotency {
  /** SHA-256 (hex) of caller, method, route, path parameters and key: names the stored outcome. */
  hash: string;
  /** SHA-256 (hex) of the canonical JSON body: tells whether it is the same request again. */
  bodyHash: string;
}

export interface IdempotencyInput {
  callerId: string;
  route: Pick<Route, "method" | "path">;
  /** The parsed parameters, so that the case of a GUID makes no difference. */
  params: Readonly<Record<string, unknown>>;
  /** The JSON as sent, before defaults: a later release with another default still knows the request again. */
  body: unknown;
  key: string;
}

/** Equal requests of one caller under one key give equal hashes, whatever the order of JSON members. */
export function idempotencyOf({ callerId, route, params, body, key }: IdempotencyInput): Idempotency {
  return {
    hash: sha256(canonicalJson([callerId, route.method, route.path, params, key])),
    bodyHash: sha256(canonicalJson(body ?? null)),
  };
}

/** JSON without white space and with the members of objects in the order of their names (as RFC 8785 orders them). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join()}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join()}}`;
  }
  return JSON.stringify(value);
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
