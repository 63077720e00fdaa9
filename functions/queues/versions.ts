import type { InvocationContext, ServiceBusQueueHandler } from "@azure/functions";
import { z } from "zod";
import type { Clock } from "../../shared/domain/access/clock";
import type { Log } from "../../shared/domain/access/log";
import { isOfNewerVersion } from "../../shared/domain/decisions/message-version";
import type { SendMessage } from "../../shared/domain/decisions/outbox";
import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";
import { sendAgain } from "../../shared/domain/decisions/send-again";

type Queue = OutgoingMessage["queue"];

/**
 * Leaves messages of a newer version to an instance that understands them: here the handler throws, so that the message
 * is delivered again, and in the end lies in the dead letters, where it is kept.
 */
export const understanding =
  (log: Log, queue: Queue, handler: ServiceBusQueueHandler): ServiceBusQueueHandler =>
  async (message, context) => {
    if (isOfNewerVersion(message)) {
      log.error("a message of a newer version waits for that version", { queue });
      throw new Error(`A message in ${queue} is of a newer version than this software.`);
    }
    await handler(message, context);
  };

/** What it takes to send a dead letter again. */
export interface TakeAgainDeps {
  log: Log;
  send: SendMessage;
  clock: Clock;
}

/** Dead letters of a queue: one of a newer version comes back in an hour, without end; the rest is the handler's. */
export const keepingNewer =
  (deps: TakeAgainDeps, queue: Queue, handler: ServiceBusQueueHandler): ServiceBusQueueHandler =>
  async (message, context) => {
    if (isOfNewerVersion(message)) await takeAgain(deps, queue, message, context);
    else await handler(message, context);
  };

/** Dead letters of a queue whose work may be lost for a while: each comes back in an hour, three times. */
export const takeAgainHandler =
  (deps: TakeAgainDeps, queue: Queue): ServiceBusQueueHandler =>
  (message, context) =>
    takeAgain(deps, queue, message, context);

const Metadata = z.object({ messageId: z.string(), sessionId: z.string().optional() });

async function takeAgain(deps: TakeAgainDeps, queue: Queue, body: unknown, context: InvocationContext): Promise<void> {
  const { messageId, sessionId } = Metadata.parse(context.triggerMetadata);
  const again = sendAgain({ queue, messageId, sessionId, body }, deps.clock());
  deps.log.error("a message ended in the dead letters", { queue, messageId, comesBack: again !== undefined });
  // Sent before this one is completed: a crash between the two sends it twice under one id.
  if (again) await deps.send(again);
}
