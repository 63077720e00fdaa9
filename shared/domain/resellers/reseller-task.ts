import { z } from "zod";
import { ResellerId } from "../access/ids";
import type { Decision } from "../decisions/decide";

/**
 * Message of the queue `tokens`, one session per reseller: a pointer, the rows are the truth. `refresh` renews the grant,
 * `tidy` destroys what the reseller no longer uses, `wakeChanges` takes up the changes that waited for it.
 */
export const ResellerTask = z.object({
  version: z.literal(1),
  task: z.enum(["refresh", "tidy", "wakeChanges"]),
  resellerId: ResellerId,
});
export type ResellerTask = z.infer<typeof ResellerTask>;

/** Sends a task with the decision. At most one of a kind per reseller and decision: the number makes its id unique. */
export function sendTask(
  decision: Pick<Decision, "head" | "send">,
  task: ResellerTask["task"],
  resellerId: ResellerId,
): void {
  const body: ResellerTask = { version: 1, task, resellerId };
  const messageId = `${resellerId}:${task}:${decision.head.seq + 1}`;
  decision.send({ queue: "tokens", messageId, sessionId: resellerId, body });
}
