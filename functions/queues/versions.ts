import type { InvocationContext, ServiceBusQueueHandler } from "@azure/functions";
import { z } from "zod";
import type { Clock } from "../../shared/domain/access/clock";
import type { Log } from "../../shared/domain/access/log";
import { isForNewerVersion } from "../../shared/domain/decisions/message-version";
import { NewerVersionError } from "../../shared/domain/decisions/newer-version";
import type { SendMessage } from "../../shared/domain/decisions/outbox";
import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";
import { putOff, sendAgain, type TakenMessage } from "../../shared/domain/decisions/send-again";

type Queue = OutgoingMessage["queue"];

/** What it takes to send a message again. */
export interface TakeAgainDeps {
  log: Log;
  send: SendMessage;
  clock: Clock;
}

/** Put off this often, a message has waited for a quarter of an hour: no deployment takes as long. */
const TOO_OFTEN = 5;

/**
 * Handles the messages of a queue, or of its dead letters, that this version may handle. One for a newer version, or
 * about a row that only a newer version may read, is neither lost nor counted as failed: it comes back in a while, and
 * nothing is decided about it here (docs/adr/0014).
 */
export const understanding =
  (deps: TakeAgainDeps, queue: Queue, handler: ServiceBusQueueHandler): ServiceBusQueueHandler =>
  async (message, context) => {
    if (isForNewerVersion(message)) return leaveToNewer(deps, takenFrom(queue, message, context));
    try {
      await handler(message, context);
    } catch (error) {
      if (!(error instanceof NewerVersionError)) throw error;
      await leaveToNewer(deps, takenFrom(queue, message, context), error);
    }
  };

/** Dead letters of a queue whose work may be lost for a while: each comes back in an hour, three times. */
export const takeAgainHandler =
  (deps: TakeAgainDeps, queue: Queue): ServiceBusQueueHandler =>
  async (message, context) => {
    const taken = takenFrom(queue, message, context);
    const again = sendAgain(taken, deps.clock());
    const { messageId } = taken;
    deps.log.error("a message ended in the dead letters", { queue, messageId, comesBack: again !== undefined });
    // Sent before this one is completed: a crash between the two sends it twice under one id.
    if (again) await deps.send(again);
  };

async function leaveToNewer(deps: TakeAgainDeps, taken: TakenMessage, error?: NewerVersionError): Promise<void> {
  const next = putOff(taken, deps.clock());
  // What is no message of ours names no version, and so does not come here.
  if (!next) throw error ?? new Error(`A message in ${taken.queue} is no object.`);
  const facts = { queue: taken.queue, messageId: taken.messageId, ...(error ? { error } : {}) };
  if (next.waits >= TOO_OFTEN) deps.log.error("a message waits for a newer version of this software", facts);
  else deps.log.warn("a message is left to a newer version of this software", facts);
  // Sent before this one is completed: a crash between the two sends it twice under one id.
  await deps.send(next.message);
}

const Metadata = z.object({ messageId: z.string(), sessionId: z.string().optional() });

function takenFrom(queue: Queue, body: unknown, context: InvocationContext): TakenMessage {
  const { messageId, sessionId } = Metadata.parse(context.triggerMetadata);
  return { queue, messageId, sessionId, body };
}
