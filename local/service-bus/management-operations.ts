import { types, type Typed } from "rhea";
import type { Agenda } from "./agenda";
import { asBuffer, asList, asNumber, decodeMessage, encodeStored, tokenBytes, tokenText } from "./amqp-codec";
import { listSessions, peek } from "./inspection";
import type { Queue, Settlement } from "./queue";
import { Refusal } from "./refusal";
import type { StoredMessage } from "./stored-message";

export interface ManagementContext {
  queue: Queue;
  agenda: Agenda;
  /** The link on whose behalf the client asks; it must hold the session that is named. */
  linkName: string | undefined;
}
type Body = Record<string, unknown>;
/** Returns the body of the answer, or undefined for "no content". Throws a `Refusal`. */
type Operation = (context: ManagementContext, body: Body) => Body | undefined;

const TIMESTAMP = 0x83;
const LONG = 0x81;

const renewLock: Operation = ({ queue, agenda }, body) => {
  const ends = asList(body["lock-tokens"]).map((token) => agenda.machineTime(queue.renewLock(tokenText(token))));
  return { expirations: types.wrap_array(ends, TIMESTAMP, undefined) };
};

const renewSessionLock: Operation = ({ queue, agenda, linkName }, body) => {
  const end = agenda.machineTime(queue.sessions.renew(sessionId(body), linkName));
  return { expiration: types.wrap_timestamp(end.getTime()) };
};

const setSessionState: Operation = ({ queue, linkName }, body) => {
  const state = body["session-state"] ?? undefined;
  queue.sessions.owner(sessionId(body), linkName);
  queue.sessions.setState(sessionId(body), state === undefined ? undefined : asBuffer(state, "session-state"));
  return {};
};

const getSessionState: Operation = ({ queue, linkName }, body) => {
  queue.sessions.owner(sessionId(body), linkName);
  const state = queue.sessions.state(sessionId(body));
  return { "session-state": state ? types.wrap_binary(state) : null };
};

const getMessageSessions: Operation = ({ queue }, body) => {
  const skip = asNumber(body["skip"] ?? 0, "skip");
  const ids = listSessions(queue).slice(skip, skip + asNumber(body["top"] ?? 100, "top"));
  return ids.length > 0 ? { skip: types.wrap_int(skip + ids.length), "sessions-ids": ids } : undefined;
};

const scheduleMessage: Operation = ({ queue }, body) => {
  const messages = asList(body["messages"]).map((entry) => decodeMessage(asBuffer(field(entry, "message"), "message")));
  return { "sequence-numbers": types.wrap_array(queue.send(messages), LONG, undefined) };
};

const cancelScheduledMessage: Operation = ({ queue }, body) => {
  queue.cancelScheduled(sequenceNumbers(body));
  return {};
};

const peekMessage: Operation = ({ queue }, body) => {
  const session = body["session-id"];
  const messages = peek(queue, {
    from: asNumber(body["from-sequence-number"], "from-sequence-number"),
    count: asNumber(body["message-count"], "message-count"),
    sessionId: typeof session === "string" ? session : undefined,
  });
  return messages.length > 0 ? { messages: messages.map((message) => encoded(message)) } : undefined;
};

const receiveBySequenceNumber: Operation = ({ queue, agenda, linkName }, body) => {
  const owner = queue.settings.requiresSession ? queue.sessions.owner(sessionId(body), linkName) : undefined;
  const remove = asNumber(body["receiver-settle-mode"] ?? 1, "receiver-settle-mode") === 0;
  const messages = queue.takeDeferred(sequenceNumbers(body), { owner, remove });
  return { messages: messages.map((message) => encoded(message, agenda)) };
};

const updateDisposition: Operation = ({ queue }, body) => {
  const tokens = asList(body["lock-tokens"]).map(tokenText);
  for (const token of tokens) queue.settle(token, settlement(body));
  return {};
};

export const MANAGEMENT_OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ["com.microsoft:renew-lock", renewLock],
  ["com.microsoft:renew-session-lock", renewSessionLock],
  ["com.microsoft:set-session-state", setSessionState],
  ["com.microsoft:get-session-state", getSessionState],
  ["com.microsoft:get-message-sessions", getMessageSessions],
  ["com.microsoft:schedule-message", scheduleMessage],
  ["com.microsoft:cancel-scheduled-message", cancelScheduledMessage],
  ["com.microsoft:peek-message", peekMessage],
  ["com.microsoft:receive-by-sequence-number", receiveBySequenceNumber],
  ["com.microsoft:update-disposition", updateDisposition],
]);

/** A message in an answer: with its lock token when it is locked for the client by this answer (`agenda` given). */
function encoded(message: StoredMessage, agenda?: Agenda): Typed {
  const lock = agenda && message.lock;
  if (!lock) return types.wrap_map({ message: types.wrap_binary(encodeStored(message, undefined)) });
  return types.wrap_map({
    message: types.wrap_binary(encodeStored(message, agenda.machineTime(lock.untilMs))),
    "lock-token": types.wrap_uuid(tokenBytes(lock.token)),
  });
}

function settlement(body: Body): Settlement {
  const properties = body["properties-to-modify"];
  const more = { properties: typeof properties === "object" && properties !== null ? { ...properties } : undefined };
  switch (body["disposition-status"]) {
    case "completed":
      return { kind: "complete" };
    case "abandoned":
      return { kind: "abandon", ...more };
    case "defered":
      return { kind: "defer", ...more };
    case "suspended":
      return {
        kind: "deadLetter",
        reason: text(body["deadletter-reason"]),
        description: text(body["deadletter-description"]),
        ...more,
      };
    default:
      throw new Refusal("com.microsoft:argument-error", "The disposition-status is none of the known ones.");
  }
}

function sessionId(body: Body): string {
  const id = body["session-id"];
  if (typeof id !== "string") throw new Refusal("com.microsoft:argument-error", "The session-id is missing.");
  return id;
}

function sequenceNumbers(body: Body): number[] {
  return asList(body["sequence-numbers"]).map((number) => asNumber(number, "sequence number"));
}

function field(entry: unknown, name: string): unknown {
  return typeof entry === "object" && entry !== null
    ? new Map<string, unknown>(Object.entries(entry)).get(name)
    : entry;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
