import type { Delivery, EventContext, Message, Receiver, Sender } from "rhea";
import { accepted } from "./amqp-codec";

/** One request on `$cbs` or `$management`, complete with the link it came by. */
export interface Request {
  message: Message;
  delivery: Delivery;
  receiver: Receiver;
}

/** The request in an event of rhea; undefined when the event carries none. */
export function requestOf({ message, delivery, receiver }: EventContext): Request | undefined {
  return message && delivery && receiver ? { message, delivery, receiver } : undefined;
}

/**
 * Answers a request. The reply goes by the link that the request names: by link name for `$cbs`, by target address for
 * `$management`. A client that has closed it meanwhile gets none.
 */
export function reply(request: Request, properties: Record<string, unknown>, body: unknown = {}): void {
  const { message, receiver } = request;
  const id = message.message_id;
  const isReplyLink = (link: Sender) => link.name === message.reply_to || link.target.address === message.reply_to;
  request.delivery.update(true, accepted());
  receiver.session
    .find_sender(isReplyLink)
    ?.send({ ...(id === undefined ? {} : { correlation_id: id }), application_properties: properties, body });
}
