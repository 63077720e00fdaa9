import type { Delivery, Sender } from "rhea";

/**
 * Everything this broker needs of rhea 3.0.5 that rhea does not offer: one function each, so that an update of rhea has
 * one file to check. `rhea-internals.test.ts` covers them.
 */
interface Internals {
  credit: number;
  delivery_count: number;
  issue_flow: boolean;
  _draining: boolean;
  _drained: boolean;
  _get_drain(): boolean;
  local: { attach: { snd_settle_mode?: number; rcv_settle_mode?: number; properties?: Record<string, unknown> } };
  remote: { attach: { snd_settle_mode: number; rcv_settle_mode: number } };
  state: { local_open: boolean; open_requests: number };
  session: { outgoing: { next_delivery_id: number; next_pending_delivery: number } };
}

/** The typings of rhea know none of these fields; the version is pinned and the tests fail when one of them moves. */
function internals(sender: Sender): Internals {
  return sender as unknown as Internals;
}

/**
 * Keeps a link half open: rhea answers an attach before anybody is asked, but a client that waits for the next session
 * must get its answer when there is one. `sender.open()` answers later.
 */
export function holdAttachBack(sender: Sender): void {
  const { state } = internals(sender);
  state.local_open = false;
  state.open_requests = 0;
}

/** Messages the client still wants. rhea's own number does not count those that wait to be written. */
export function creditLeft(sender: Sender): number {
  const { credit, session } = internals(sender);
  return credit - (session.outgoing.next_delivery_id - session.outgoing.next_pending_delivery);
}

/** Answers an attach with the client's own settle modes, as Service Bus does, and with properties of the link. */
export function answerAttach(sender: Sender, properties?: Record<string, unknown>): void {
  const { local, remote } = internals(sender);
  local.attach.snd_settle_mode = remote.attach.snd_settle_mode;
  local.attach.rcv_settle_mode = remote.attach.rcv_settle_mode;
  if (properties) local.attach.properties = properties;
}

/** Whether the client receives and deletes: it asked for messages that are settled as they are sent. */
export function receivesAndDeletes(sender: Sender): boolean {
  return internals(sender).remote.attach.snd_settle_mode === 1;
}

/**
 * Tells a draining client that its credit is used up, behind the messages that are about to be written. rhea says so only
 * while credit is left; a client whose last credit went to a message in flight would wait for its time-out.
 */
export function answerDrain(sender: Sender): void {
  const link = internals(sender);
  link._get_drain = () => {
    if (!link._draining || !link._drained) return false;
    link.delivery_count += link.credit;
    link.credit = 0;
    return true;
  };
  sender.set_drained(true);
}

/**
 * Settles a delivery with this outcome, for good. The client settles when it sees the answer and does not say so again:
 * without the mark rhea would keep a slot for it until no more messages can be sent.
 */
export function settleDelivery(delivery: Delivery, outcome: unknown): void {
  delivery.update(true, outcome);
  (delivery as { remote_settled: boolean }).remote_settled = true;
}
