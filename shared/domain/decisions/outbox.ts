import type { Log } from "../access/log";
import { FIRST_VERSION } from "./message-version";
import { OutgoingMessage, outboxRow } from "./outgoing-message";
import type { StateStore, StoredRow } from "./state-store";

/** Puts one message on its queue; resolves when the broker has it. */
export type SendMessage = (message: OutgoingMessage) => Promise<void>;

export interface OutboxDeps {
  store: StateStore;
  send: SendMessage;
  log: Log;
}

/** A caller waits at most this long for its own messages; the sweeper sends the rest. */
const PATIENCE_MS = 2_000;
const OUTBOX_PREFIX = "outbox_";
const PAGE = 100;

/**
 * Sends what a decision left in the outbox, at once. Never throws and never takes much longer than two seconds: a
 * message that is not out by then is still a row, and the sweeper's to send. Sending one twice does no harm.
 */
export async function dispatchOutbox(
  deps: OutboxDeps,
  partition: string,
  messages: readonly OutgoingMessage[],
): Promise<void> {
  const sending = Promise.all(messages.map((message) => sendAndForget(deps, partition, message)));
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([sending, patience]);
  clearTimeout(timer);
}

async function sendAndForget(deps: OutboxDeps, partition: string, message: OutgoingMessage): Promise<void> {
  try {
    await deps.send(message);
    const row = await deps.store.get(partition, outboxRow(message));
    if (row) await deps.store.remove(partition, row.row, row.etag);
  } catch (error) {
    deps.log.warn("a message waits in the outbox", { partition, messageId: message.messageId, error });
  }
}

/** Sends every message still in the outbox of a partition and returns how many are left, those of a newer version included. */
export async function sweepOutbox(deps: OutboxDeps, partition: string): Promise<number> {
  let left = 0;
  let after: string | undefined;
  do {
    const ask = { prefix: OUTBOX_PREFIX, limit: PAGE, onNewer: () => left++ };
    const page = await deps.store.list(partition, { ...ask, ...(after ? { after } : {}) });
    for (const row of page.rows) left += (await sendRow(deps, partition, row)) ? 0 : 1;
    after = page.next;
  } while (after);
  return left;
}

async function sendRow(deps: OutboxDeps, partition: string, row: StoredRow): Promise<boolean> {
  try {
    await deps.send({ ...FIRST_VERSION, ...OutgoingMessage.parse(row.value) });
    await deps.store.remove(partition, row.row, row.etag);
    return true;
  } catch (error) {
    deps.log.warn("a message still waits in the outbox", { partition, row: row.row, error });
    return false;
  }
}
