import { z } from "zod";
import { AppError } from "../../errors";
import type { Decision, Found } from "./decide";
import { MSP_PARTITION } from "./head";
import type { RowWrite, StateStore } from "./state-store";

/** What makes a repeated request the same request (design §6); computed at the HTTP edge. */
export interface IdempotencyKey {
  /** Of caller, method, route, parameters and the caller's key. */
  hash: string;
  bodyHash: string;
}

const KEPT_MS = 30 * 24 * 3_600_000;
const IdempotencyRow = z.object({ bodyHash: z.string(), resourceId: z.string(), at: z.iso.datetime() });

function idempotencyRow(key: IdempotencyKey): string {
  return `idem_${key.hash}`;
}

/**
 * The resource an earlier request with this key made, or undefined. Must be asked before `remember`, in the same
 * decision. Throws `idempotencyKeyReused` when the earlier request had another body.
 */
export async function findReplay(decision: Decision, key: IdempotencyKey): Promise<string | undefined> {
  const found = await freshRow(decision, key);
  if (!found) return undefined;
  if (found.value.bodyHash !== key.bodyHash) throw keyReused();
  return found.value.resourceId;
}

/** When a key that may be used again by now was last used; undefined for one that was not, as far as anybody remembers. */
export async function formerUse(decision: Decision, key: IdempotencyKey): Promise<string | undefined> {
  return (await decision.get(idempotencyRow(key), IdempotencyRow))?.value.at;
}

/** Stores what this request makes, in the transaction that makes it. Refusals are not stored. */
export async function remember(decision: Decision, key: IdempotencyKey, resourceId: string): Promise<void> {
  const value = { bodyHash: key.bodyHash, resourceId, at: decision.now.toISOString() };
  const expired = await decision.get(idempotencyRow(key), IdempotencyRow);
  if (expired) decision.replace(expired, value);
  else decision.create(idempotencyRow(key), value);
}

const KeyClaim = z.object({ bodyHash: z.string(), at: z.iso.datetime() });
const MAX_TRIES = 5;

/**
 * Keeps a key for this body, for a request whose body names the partition it writes to: the row of `remember` would
 * stand in that partition, and the same key with another body would go to another one. Nothing is decided by it, so it
 * is no decision. Throws `idempotencyKeyReused`.
 */
export async function claimKey(store: StateStore, key: IdempotencyKey, now: Date): Promise<void> {
  const row = `key_${key.hash}`;
  const value = { bodyHash: key.bodyHash, at: now.toISOString() };
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const stored = await store.get(MSP_PARTITION, row);
    const claim = stored && KeyClaim.parse(stored.value);
    if (claim && now.getTime() - Date.parse(claim.at) < KEPT_MS) {
      if (claim.bodyHash === key.bodyHash) return;
      throw keyReused();
    }
    const write: RowWrite = stored
      ? { kind: "replace", row, etag: stored.etag, value }
      : { kind: "create", row, value };
    if ((await store.commit(MSP_PARTITION, [write])) === "committed") return;
  }
  throw new AppError("unavailable", "busy", "This key is claimed by others at the same moment. Try again.");
}

/** The refusal of a key that was used with another body. */
export function keyReused(): AppError {
  return new AppError(
    "unprocessable",
    "idempotencyKeyReused",
    "This Idempotency-Key was used for another request body.",
  );
}

async function freshRow(
  decision: Decision,
  key: IdempotencyKey,
): Promise<Found<z.infer<typeof IdempotencyRow>> | undefined> {
  const found = await decision.get(idempotencyRow(key), IdempotencyRow);
  const isFresh = found !== undefined && decision.now.getTime() - Date.parse(found.value.at) < KEPT_MS;
  return isFresh ? found : undefined;
}
