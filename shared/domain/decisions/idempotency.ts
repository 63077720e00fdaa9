import { z } from "zod";
import { AppError } from "../../errors";
import type { Decision, Found } from "./decide";

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
  if (found.value.bodyHash !== key.bodyHash) {
    throw new AppError(
      "unprocessable",
      "idempotencyKeyReused",
      "This Idempotency-Key was used for another request body.",
    );
  }
  return found.value.resourceId;
}

/** Stores what this request makes, in the transaction that makes it. Refusals are not stored. */
export async function remember(decision: Decision, key: IdempotencyKey, resourceId: string): Promise<void> {
  const value = { bodyHash: key.bodyHash, resourceId, at: decision.now.toISOString() };
  const expired = await decision.get(idempotencyRow(key), IdempotencyRow);
  if (expired) decision.replace(expired, value);
  else decision.create(idempotencyRow(key), value);
}

async function freshRow(
  decision: Decision,
  key: IdempotencyKey,
): Promise<Found<z.infer<typeof IdempotencyRow>> | undefined> {
  const found = await decision.get(idempotencyRow(key), IdempotencyRow);
  const isFresh = found !== undefined && decision.now.getTime() - Date.parse(found.value.at) < KEPT_MS;
  return isFresh ? found : undefined;
}
