import type { Log } from "../access/log";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import type { OnboardingPointer } from "./enqueue-slice";
import { enqueueSlice } from "./enqueue-slice";
import { OnboardingBatch, onboardingRow, requestedBy } from "./onboarding-batch";

/** A batch whose message failed this often is not taken up again by itself. */
const MAX_DEAD_LETTERS = 3;
const PAUSE_MS = 60_000;
const OUR_FAULT = "Something went wrong on our side, several times. Quote the batch when you ask us about it.";

/**
 * A message about a batch ended in the dead letters: a bug or a long outage of ours. The batch gets a fresh message a
 * minute later; the third time what is left of it is answered as failed, so that nobody waits for ever.
 */
export async function takeOnboardingDeadLetter(
  deps: DecideDeps & { log: Log },
  { onboardingId, n }: OnboardingPointer,
): Promise<void> {
  deps.log.error("an onboarding ended in the dead letters", { batchId: onboardingId });
  await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await decision.get(onboardingRow(onboardingId), OnboardingBatch);
    if (found?.value.state !== "Running" || found.value.enqueued !== n) return;
    const deadLetters = found.value.deadLetters + 1;
    const givenUp = { status: 500, code: "internalError", message: OUR_FAULT };
    const batch = { ...found.value, deadLetters, ...(deadLetters < MAX_DEAD_LETTERS ? {} : { givenUp }) };
    decision.replace(found, enqueueSlice(decision, batch, new Date(decision.now.getTime() + PAUSE_MS)));
    decision.record({
      ...requestedBy(batch),
      action: "onboarding.deadLetter",
      object: { type: "onboarding", id: batch.id },
      resellerId: batch.resellerId,
      result: "failure",
      errorCode: "internalError",
    });
  });
}
