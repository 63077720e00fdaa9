import { z } from "zod";
import { AppError } from "../../errors";
import { BatchId, ChangeId, SubscriptionId, TenantId } from "../access/ids";
import { tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";

/** How one item of a request was answered. */
export const BatchItem = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("accepted"), subscriptionId: SubscriptionId, changeId: ChangeId }),
  z.object({ outcome: z.literal("unchanged"), subscriptionId: SubscriptionId }),
  z.object({
    outcome: z.literal("failed"),
    subscriptionId: SubscriptionId,
    status: z.int(),
    code: z.string(),
    message: z.string(),
    /** Of `reductionWindowClosed`: the seats that could have been given back. */
    refundableQuantity: z.int().optional(),
  }),
]);
export type BatchItem = z.infer<typeof BatchItem>;

/** Changes that were asked for together. */
export const Batch = z.object({ id: BatchId, tenantId: TenantId, at: z.iso.datetime(), items: z.array(BatchItem) });
export type Batch = z.infer<typeof Batch>;

export function batchRow(id: BatchId): string {
  return `batch_${id}`;
}

/** A batch by its id. Throws `notFound`. */
export async function findBatch(store: StateStore, tenantId: TenantId, id: BatchId): Promise<Batch> {
  const found = await store.get(tenantPartition(tenantId), batchRow(id));
  if (!found) throw new AppError("not-found", "notFound", "No such batch.");
  return Batch.parse(found.value);
}
