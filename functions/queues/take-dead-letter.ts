import type { ServiceBusQueueHandler } from "@azure/functions";
import type { Log } from "../../shared/domain/access/log";
import { takeDeadLetter } from "../../shared/domain/changes/take-dead-letter";
import type { DecideDeps } from "../../shared/domain/decisions/decide";

/** Dead letters of the queue `changes`. */
export const takeDeadLetterHandler =
  (deps: DecideDeps & { log: Log }): ServiceBusQueueHandler =>
  async (message) => {
    await takeDeadLetter(deps, message);
  };
