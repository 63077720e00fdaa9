import type { Log } from "../access/log";
import type { Change } from "./change";

/**
 * Tells the operators of the installation about an end that a person should look at. The audit log has it too, and says
 * in words what happened: those may name people, and a log should not.
 */
export function alertOperators(log: Log, saved: Change | undefined): void {
  if (!saved) return;
  const { tenantId, id: changeId, subscriptionId, state, outcome } = saved;
  const facts = { tenantId, changeId, subscriptionId, outcome: outcome?.code };
  if (state === "NeedsReview") log.warn("a change needs a person to look at it", facts);
  if (state !== "Completed") return;
  if (outcome?.finding === "overwroteExternalChange") {
    log.warn("a change overwrote what somebody else had done", facts);
  }
  if (outcome?.schedule === "notRestored") log.warn("a renewal schedule was lost", facts);
}
