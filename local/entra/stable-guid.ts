import { createHash } from "node:crypto";

/** A GUID that is the same for the same names in every run, in any case. */
export function stableGuid(...names: string[]): string {
  const hash = createHash("sha256").update(names.join(" ").toLowerCase()).digest("hex");
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `4${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`];
  return [...parts, hash.slice(20, 32)].join("-");
}
