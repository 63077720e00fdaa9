import type { Agenda } from "./agenda";
import { Queue } from "./queue";
import type { QueueSettings } from "./queue-definitions";
import { Refusal } from "./refusal";
import { entityPath } from "./token-authority";

const DEAD_LETTERS = /\/\$deadletterqueue$/;
const MANAGEMENT = /\/\$management$/;

/** The queues of a namespace, found by the addresses that clients use. */
export class Entities {
  private readonly queues: Map<string, Queue>;

  constructor(settings: QueueSettings[], agenda: Agenda) {
    this.queues = new Map(settings.map((queue) => [queue.name.toLowerCase(), new Queue(queue, agenda)]));
  }

  /** `queue` or `queue/$DeadLetterQueue`. Throws a `Refusal` when there is no such entity. */
  find(address: string): Queue {
    const path = entityPath(address);
    const queue = this.queues.get(path.replace(DEAD_LETTERS, ""));
    const found = DEAD_LETTERS.test(path) ? queue?.deadLetters : queue;
    if (found) return found;
    throw new Refusal("amqp:not-found", `The messaging entity '${address}' could not be found.`);
  }

  /** The entity that an address ending in `/$management` manages; undefined for another address. */
  findManaged(address: string): Queue | undefined {
    const path = entityPath(address);
    return MANAGEMENT.test(path) ? this.find(path.replace(MANAGEMENT, "")) : undefined;
  }
}
