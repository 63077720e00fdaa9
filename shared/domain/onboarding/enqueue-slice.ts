import { z } from "zod";
import { BatchId } from "../access/ids";
import type { Decision } from "../decisions/decide";
import type { OnboardingBatch } from "./onboarding-batch";

/** Message about a batch on the queue `sync`: a pointer, the row is the truth. */
export const OnboardingPointer = z.object({ onboardingId: BatchId, n: z.int().positive() });
export type OnboardingPointer = z.infer<typeof OnboardingPointer>;

/** Writes the next message about a batch into the decision and returns the batch with its new number. */
export function enqueueSlice(
  decision: Pick<Decision, "send">,
  batch: OnboardingBatch,
  notBefore?: Date,
): OnboardingBatch {
  const n = batch.enqueued + 1;
  const pointer: OnboardingPointer = { onboardingId: batch.id, n };
  decision.send({
    queue: "sync",
    messageId: `${batch.id}:${n}`,
    ...(notBefore ? { notBefore: notBefore.toISOString() } : {}),
    body: pointer,
  });
  return { ...batch, enqueued: n };
}
