import { randomUUID } from "node:crypto";
import type { Delivery, EventContext, Sender } from "rhea";
import type { Agenda } from "./agenda";
import { accepted, deliveryTag, encodeStored, modified, rejected, released } from "./amqp-codec";
import { guarded } from "./guard";
import type { Queue, Settlement } from "./queue";
import { asRefusal, sessionLockLost } from "./refusal";
import { answerDrain, creditLeft, receivesAndDeletes, settleDelivery } from "./rhea-internals";
import type { Consumer, StoredMessage } from "./stored-message";

/**
 * Makes a link by which a client receives from `queue` a consumer of it (of one session, on a queue with sessions).
 * Whoever calls this attaches the consumer, and detaches it when the link ends.
 */
export function linkConsumer(queue: Queue, sender: Sender, agenda: Agenda, sessionId?: string): Consumer {
  const tokens = new WeakMap<Delivery, string>();
  const pump = guarded(() => queue.delivery.pump());
  const drain = guarded(() => answerDrain(sender));
  // "sendable" also comes when settled messages have given their places in rhea's buffer free.
  sender.on("sender_flow", pump).on("sendable", pump).on("sender_draining", drain);
  for (const outcome of ["accepted", "released", "modified", "rejected"] as const) {
    const settle = ({ delivery }: EventContext) => {
      if (!delivery || delivery.settled) return;
      const token = tokens.get(delivery);
      if (token !== undefined) settleAs(outcome, queue, delivery, token);
    };
    sender.on(outcome, guarded(settle));
  }
  return {
    linkName: sender.name,
    sessionId,
    receiveAndDelete: receivesAndDeletes(sender),
    canTake: () => sender.is_open() && sender.sendable() && creditLeft(sender) > 0,
    deliver: (message) => {
      const delivery = send(sender, message, agenda);
      if (message.lock) tokens.set(delivery, message.lock.token);
    },
    sessionLost: () => {
      const { condition, description } = sessionLockLost(sessionId);
      sender.close({ condition, description });
    },
  };
}

function send(sender: Sender, message: StoredMessage, agenda: Agenda): Delivery {
  const lockedUntil = message.lock && agenda.machineTime(message.lock.untilMs);
  return sender.send(encodeStored(message, lockedUntil), deliveryTag(message.lock?.token ?? randomUUID()), 0);
}

type Outcome = "accepted" | "released" | "modified" | "rejected";

/** What the SDK sends with an outcome; all of it may be missing. */
interface OutcomeState {
  undeliverable_here?: boolean;
  message_annotations?: Record<string, unknown>;
  error?: { description?: string; info?: Record<string, unknown> };
}

/** Does what the client decided and tells it so; its promise fails when the answer is a rejection with an error. */
function settleAs(outcome: Outcome, queue: Queue, delivery: Delivery, token: string): void {
  const state: OutcomeState = delivery.remote_state ?? {};
  try {
    queue.settle(token, settlementOf(outcome, state));
    settleDelivery(delivery, { accepted, released, modified, rejected: () => rejected() }[outcome]());
  } catch (error) {
    const refusal = asRefusal(error);
    settleDelivery(delivery, rejected(refusal));
    if (refusal !== error) throw error;
  }
}

function settlementOf(outcome: Outcome, { error, message_annotations, undeliverable_here }: OutcomeState): Settlement {
  switch (outcome) {
    case "accepted":
      return { kind: "complete" };
    case "released":
      return { kind: "abandon" };
    case "modified":
      return { kind: undeliverable_here ? "defer" : "abandon", properties: message_annotations };
    case "rejected": {
      const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = error?.info ?? {};
      return {
        kind: "deadLetter",
        reason: asText(DeadLetterReason),
        description: asText(DeadLetterErrorDescription) ?? error?.description,
        properties,
      };
    }
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
