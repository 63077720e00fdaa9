import type { ChangeId, TenantId } from "../access/ids";
import { originOfItem } from "../changes/attempt-ids";
import type { Judged, QuantityEdit } from "../changes/judge-edits";
import { decide, type DecideDeps } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { formerUse, type IdempotencyKey } from "../decisions/idempotency";
import type { ReadSubscription } from "../subscriptions/subscription-source";
import { findRecovered } from "./recovered-writes";

/** A request that may have been sent before, to an installation that was restored since. */
export interface SentAgain {
  tenantId: TenantId;
  idempotency: IdempotencyKey;
  edits: readonly QuantityEdit[];
  /** Of the changes to be made of them. */
  ids: readonly ChangeId[];
  now: Date;
}

/**
 * Accepts refused edits that were carried out before a disaster, by this very request: the subscription is refused for
 * what it became by them. Their changes are completed without anything being sent (`findRecovered`).
 */
export async function recogniseEdits(
  deps: DecideDeps,
  { tenantId, idempotency, edits, ids, now }: SentAgain,
  judged: readonly Judged[],
  live: readonly ReadSubscription[],
): Promise<Judged[]> {
  const isRefused = (item: Judged): boolean => item.kind === "settled" && item.item.outcome === "failed";
  if (!judged.some(isRefused)) return [...judged];
  const former = await decide(deps, tenantPartition(tenantId), (decision) => formerUse(decision, idempotency));
  return Promise.all(
    judged.map(async (item, i) => {
      const [edit, id] = [edits[i], ids[i]];
      if (!isRefused(item) || !edit || !id) return item;
      const read = live.find(({ subscription }) => subscription.id === edit.subscriptionId);
      const { subscriptionId } = edit;
      const origin = originOfItem(idempotency, i, former);
      const asked = { id, origin, tenantId, subscriptionId, steps: [], requestedAt: now.toISOString() };
      const recovered = read && (await findRecovered(deps.store, asked));
      if (!recovered) return item;
      const { quantity } = read.subscription;
      const { oldQuantity: from = quantity, newQuantity: to = quantity } = recovered.found.record;
      const ask =
        "etag" in edit
          ? { kind: "set" as const, expectedFrom: from, to: edit.quantity }
          : { kind: "add" as const, delta: edit.delta };
      return { kind: "change", subscription: read.subscription, ask, from, to };
    }),
  );
}
