import { createHash } from "node:crypto";
import { z } from "zod";
import { AppError } from "../../errors";
import type { Decision } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";

/** A name that is taken. Rows of a transaction cannot be deleted conditionally, so a free name is one marked released. */
const UniqueName = z.object({ name: z.string(), released: z.boolean() });

type Named = "reseller" | "customer";

function uniqueNameRow(kind: Named, name: string): string {
  return `name_${createHash("sha256")
    .update(`${kind}:${comparableName(name)}`)
    .digest("hex")}`;
}

/** The form in which names are compared: case and outer spaces do not count. */
export function comparableName(name: string): string {
  return name.trim().normalize("NFC").toLocaleLowerCase("en");
}

/** True when two names are the same to people: case and outer spaces do not count. */
export function sameName(a: string, b: string): boolean {
  return comparableName(a) === comparableName(b);
}

/** Takes a display name for one thing of a kind, in the decision that makes it. Throws `duplicate`. */
export async function claimName(decision: Decision, kind: Named, name: string): Promise<void> {
  const row = uniqueNameRow(kind, name);
  const taken = await decision.get(row, UniqueName);
  if (taken && !taken.value.released)
    throw new AppError("conflict", "duplicate", `Another ${kind} is called "${name}".`);
  const value = { name, released: false };
  if (taken) decision.replace(taken, value);
  else decision.create(row, value);
}

/** Gives a name back, in the decision that renames or removes its holder. */
export async function releaseName(decision: Decision, kind: Named, name: string): Promise<void> {
  const held = await decision.get(uniqueNameRow(kind, name), UniqueName);
  if (held) decision.replace(held, { ...held.value, released: true });
}

/** Removes the row of a name nobody holds; one that was taken again meanwhile stays. */
export async function forgetName(store: StateStore, kind: Named, name: string): Promise<void> {
  const found = await store.get(MSP_PARTITION, uniqueNameRow(kind, name));
  if (found && UniqueName.parse(found.value).released) await store.remove(MSP_PARTITION, found.row, found.etag);
}
