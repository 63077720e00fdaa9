import type { EventContext, Receiver } from "rhea";
import { accepted, decodeBatch, rejected } from "./amqp-codec";
import { guarded } from "./guard";
import { refuseLargerThanLimit } from "./incoming-message";
import type { Queue } from "./queue";
import { asRefusal, Refusal } from "./refusal";

/** The message format in which the SDK sends several messages as one. */
const BATCH_FORMAT = 0x80013700;

/** Serves a link by which a client sends to a queue. A batch is taken as a whole or refused as a whole. */
export function serveProducer(queue: Queue, receiver: Receiver): void {
  if (queue.isDeadLetterQueue) throw new Refusal("amqp:not-allowed", "Nobody sends to a dead-letter queue.");
  receiver.on(
    "message",
    guarded((context: EventContext) => take(queue, context)),
  );
}

function take(queue: Queue, { message, delivery }: EventContext): void {
  if (!delivery) return;
  try {
    if (delivery.format !== BATCH_FORMAT) {
      if (message) queue.send([message]);
    } else if (Buffer.isBuffer(message)) {
      refuseLargerThanLimit(message.length);
      queue.send(decodeBatch(message));
    }
    delivery.update(true, accepted());
  } catch (error) {
    const refusal = asRefusal(error);
    delivery.update(true, rejected(refusal));
    if (refusal !== error) throw error;
  }
}
