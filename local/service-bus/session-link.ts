import type { Sender } from "rhea";
import type { Agenda } from "./agenda";
import { dotNetTicks } from "./amqp-codec";
import { linkConsumer } from "./consumer-link";
import type { SessionRequest } from "./delivery";
import { guarded } from "./guard";
import type { OpenLinks } from "./open-links";
import type { Queue } from "./queue";
import { Refusal } from "./refusal";
import { answerAttach, holdAttachBack } from "./rhea-internals";
import type { Consumer } from "./stored-message";

export const SESSION_FILTER = "com.microsoft:session-filter";
const DEFAULT_PATIENCE_MS = 60_000;
/** The answer has to be there before the client itself gives up, or the session would go to a link nobody listens to. */
const ANSWER_EARLIER_MS = 100;

interface SessionLink {
  queue: Queue;
  sender: Sender;
  address: string;
  agenda: Agenda;
  links: OpenLinks;
}

/** Gives the link the session it names. Throws a `Refusal` when another link holds it. */
export function acceptNamedSession(link: SessionLink, sessionId: string): void {
  if (link.queue.delivery.acceptSession(sessionId, sessionRequest(link))) return;
  throw new Refusal(
    "com.microsoft:session-cannot-be-locked",
    `The requested session '${sessionId}' cannot be accepted. It may be locked by another receiver.`,
  );
}

/**
 * Gives the link the next free session. Until there is one the answer is held back, at most as long as the client is
 * ready to wait. That is real time, because the client's own timer is: with a clock that stands still it would give up
 * first.
 */
export function acceptNextSession(link: SessionLink): void {
  const { sender } = link;
  let waits = true;
  const request = sessionRequest(link, () => {
    waits = false;
    clearTimeout(patience);
  });
  const patience = setTimeout(
    guarded(() => {
      stop();
      link.links.forget(sender);
      sender.open();
      const description = "The operation did not complete within the allotted timeout.";
      sender.close({ condition: "com.microsoft:timeout", description });
    }),
    patienceMs(sender),
  );
  const stop = link.queue.delivery.acceptNextSession(request);
  // The request may be granted at once; TypeScript cannot see that `request` changes this.
  if (!(waits as boolean)) return;
  holdAttachBack(sender);
  link.links.track(sender, () => {
    stop();
    clearTimeout(patience);
    // The client has closed a link that was never opened: rhea confirms only what is open.
    if (sender.connection.is_open()) sender.open();
  });
}

function sessionRequest(link: SessionLink, onGranted: () => void = () => undefined): SessionRequest {
  const { queue, sender, address, agenda, links } = link;
  return {
    consumerOf: (sessionId): Consumer => linkConsumer(queue, sender, agenda, sessionId),
    granted: (consumer, lockedUntilMs) => {
      onGranted();
      sender.set_source({ address, filter: { [SESSION_FILTER]: consumer.sessionId } });
      const lockedUntil = dotNetTicks(agenda.machineTime(lockedUntilMs));
      answerAttach(sender, { "com.microsoft:locked-until-utc": lockedUntil });
      links.track(sender, () => queue.detach(consumer));
      sender.open();
    },
  };
}

function patienceMs(sender: Sender): number {
  const asked: unknown = (sender.properties as Record<string, unknown> | undefined)?.["com.microsoft:timeout"];
  return Math.max(50, (typeof asked === "number" ? asked : DEFAULT_PATIENCE_MS) - ANSWER_EARLIER_MS);
}
