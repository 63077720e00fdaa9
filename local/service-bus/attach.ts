import type { EventContext, link as Link, Receiver, Sender } from "rhea";
import type { Agenda } from "./agenda";
import { answerCbs, CBS_ADDRESS } from "./cbs";
import { linkConsumer } from "./consumer-link";
import type { Entities } from "./entities";
import { guarded } from "./guard";
import { answerManagement } from "./management";
import type { OpenLinks } from "./open-links";
import { serveProducer } from "./producer-link";
import type { Queue } from "./queue";
import { asRefusal, Refusal } from "./refusal";
import { requestOf } from "./request-response";
import { answerAttach } from "./rhea-internals";
import { acceptNamedSession, acceptNextSession, SESSION_FILTER } from "./session-link";
import type { TokenAuthority } from "./token-authority";

/** What links are attached to. */
export interface Broker {
  entities: Entities;
  agenda: Agenda;
  links: OpenLinks;
  authority: TokenAuthority;
}

/** A client wants to send: messages to a queue, or requests to `$cbs` or `$management`. */
export function attachProducer(broker: Broker, receiver: Receiver): void {
  const address = addressOf(receiver.target);
  receiver.set_target({ address });
  receiver.set_source(receiver.source);
  refusing(receiver, () => {
    if (address === CBS_ADDRESS) {
      serveCbs(broker.authority, receiver);
      return;
    }
    broker.authority.checkLink(receiver.connection, address);
    const managed = broker.entities.findManaged(address);
    if (managed) serveManagement(broker.agenda, managed, receiver);
    else serveProducer(broker.entities.find(address), receiver);
  });
}

/** A client wants to receive: messages of a queue, or the answers to its requests. */
export function attachConsumer(broker: Broker, sender: Sender): void {
  const address = addressOf(sender.source);
  answerAttach(sender);
  sender.set_source({ address });
  sender.set_target(sender.target);
  refusing(sender, () => {
    if (address === CBS_ADDRESS) return;
    broker.authority.checkLink(sender.connection, address);
    if (broker.entities.findManaged(address)) return;
    attachToQueue(broker, broker.entities.find(address), sender, address);
  });
}

function attachToQueue(broker: Broker, queue: Queue, sender: Sender, address: string): void {
  const { agenda, links } = broker;
  const filter: Record<string, unknown> = sender.source.filter ?? {};
  const wantsSession = SESSION_FILTER in filter;
  if (wantsSession !== queue.settings.requiresSession) throw wrongKindOfReceiver(queue);
  if (!wantsSession) {
    const consumer = linkConsumer(queue, sender, agenda);
    links.track(sender, () => queue.detach(consumer));
    queue.delivery.attach(consumer);
    return;
  }
  const link = { queue, sender, address, agenda, links };
  const wanted = filter[SESSION_FILTER];
  if (typeof wanted === "string") acceptNamedSession(link, wanted);
  else acceptNextSession(link);
}

function serveCbs(authority: TokenAuthority, receiver: Receiver): void {
  const onMessage = guarded((context: EventContext) => {
    const request = requestOf(context);
    return request && answerCbs(authority, receiver.connection, request);
  });
  receiver.on("message", onMessage);
}

function serveManagement(agenda: Agenda, queue: Queue, receiver: Receiver): void {
  const onMessage = guarded((context: EventContext) => {
    const request = requestOf(context);
    if (request) answerManagement(queue, agenda, request);
  });
  receiver.on("message", onMessage);
}

/** The typings promise both termini, but a client may leave one out. */
function addressOf(terminus: { address?: string | null } | null | undefined): string {
  return terminus?.address ?? "";
}

/** Closes the link with the error when the attach is refused; a bug closes it too and is told. */
function refusing(link: Link, attach: () => void): void {
  try {
    attach();
  } catch (error) {
    const { condition, description } = asRefusal(error);
    link.close({ condition, description });
    if (!(error instanceof Refusal)) throw error;
  }
}

function wrongKindOfReceiver({ settings }: Queue): Refusal {
  return new Refusal(
    "amqp:not-allowed",
    settings.requiresSession
      ? `It is not possible for an entity that requires sessions to create a non-sessionful message receiver. Entity: '${settings.name}'.`
      : `A sessionful message receiver cannot be created on an entity that does not require sessions. Entity: '${settings.name}'.`,
  );
}
