import type { ChangeId, TenantId } from "../access/ids";
import type { DecideDeps } from "../decisions/decide";
import type { Log } from "../access/log";
import { isFinal, openAttempt } from "./change";
import { isUnsettled } from "./open-changes";
import { ChangePointer, saveTransition } from "./save-transition";

/** A message that failed this often is not retried any more by itself. */
const MAX_DEAD_LETTERS = 3;

/**
 * A message about a change ended in the dead-letter queue: a bug or a long outage of ours. The change gets a fresh
 * message; the third time a person is asked (change ledger §6). A message nobody can read is logged as an error.
 */
export async function takeDeadLetter(deps: DecideDeps & { log: Log }, body: unknown): Promise<void> {
  const pointer = ChangePointer.safeParse(body);
  if (!pointer.success) {
    deps.log.error("an unreadable message is in the dead letters", { problem: pointer.error.message });
    return;
  }
  const target = { tenantId: pointer.data.tenantId as TenantId, changeId: pointer.data.changeId as ChangeId };
  await saveTransition(deps, target, (change, _lane, decision) => {
    if (isFinal(change.state) || change.state === "NeedsReview") return undefined;
    // What waits is cancelled with the connection that goes, and has no need of a person or of a message.
    if (decision.head.connection === "Disconnecting" && !isUnsettled(change)) return undefined;
    const deadLetters = change.deadLetters + 1;
    if (deadLetters < MAX_DEAD_LETTERS) {
      return {
        change: { ...change, deadLetters },
        lane: "keep",
        wakeAt: decision.now,
        audit: { action: "change.deadLetter", result: "failure", errorCode: "deadLetter" },
      };
    }
    const message = openAttempt(change)
      ? "The change could not be followed up; a write may have been carried out."
      : "The change could not be processed; nothing is outstanding at Microsoft.";
    return {
      change: {
        ...change,
        deadLetters,
        state: "NeedsReview",
        outcome: { at: decision.now.toISOString(), code: "needsReview", message },
      },
      lane: "keep",
      audit: { action: "change.needsReview", result: "failure", errorCode: "deadLetter" },
    };
  });
  deps.log.error("a change ended in the dead letters", target);
}
