import type { JsonObject } from "../world";

/** A field of an order or its line as text; empty when it is missing. */
export function lineText(line: JsonObject, name: string): string {
  const value = line[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
