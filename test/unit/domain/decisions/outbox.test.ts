import { decide } from "../../../../shared/domain/decisions/decide";
import { dispatchOutbox, sweepOutbox, type OutboxDeps } from "../../../../shared/domain/decisions/outbox";
import type { OutgoingMessage } from "../../../../shared/domain/decisions/outgoing-message";
import { recordedLog } from "../../../fakes/recorded-log";
import { addInside, PARTITION, setup } from "./decision-setup";

/** A decision whose message is dispatched by the real outbox, to a queue that can be told to fail. */
function outboxWorld() {
  const { deps, store } = setup();
  const sent: OutgoingMessage[] = [];
  const queue: { fails: boolean; during?: () => Promise<void> } = { fails: false };
  const log = recordedLog();
  const outbox: OutboxDeps = {
    store,
    log,
    send: async (message) => {
      await queue.during?.();
      if (queue.fails) throw new Error("the queue is down");
      sent.push(message);
    },
  };
  const dispatch = (partition: string, messages: readonly OutgoingMessage[]) =>
    dispatchOutbox(outbox, partition, messages);
  const waiting = () => [...store.dump(PARTITION).keys()].filter((row) => row.startsWith("outbox_"));
  const makeDecision = () => decide({ ...deps, dispatch }, PARTITION, (decision) => addInside(decision, 1));
  return { outbox, queue, sent, log, store, waiting, makeDecision };
}

test("a message goes out once with its decision, and its row goes after it", async () => {
  const { makeDecision, sent, waiting } = outboxWorld();
  await makeDecision();
  expect(sent.map(({ messageId }) => messageId)).toEqual(["counter:1"]);
  expect(waiting()).toEqual([]);
});

test("the row is deleted only after the queue has the message", async () => {
  const { makeDecision, queue, waiting } = outboxWorld();
  const seen: string[][] = [];
  queue.during = () => Promise.resolve(void seen.push(waiting()));
  await makeDecision();
  expect(seen).toEqual([["outbox_sync_counter:1"]]);
});

test("a queue that is down does not fail the decision: the message waits for the sweeper", async () => {
  const { makeDecision, queue, sent, waiting, log, outbox } = outboxWorld();
  queue.fails = true;
  await expect(makeDecision()).resolves.toBe(1);
  expect(waiting()).toEqual(["outbox_sync_counter:1"]);
  expect(log.lines).toEqual([{ level: "warn", message: "a message waits in the outbox" }]);

  await expect(sweepOutbox(outbox, PARTITION)).resolves.toBe(1);
  expect(waiting()).toEqual(["outbox_sync_counter:1"]);

  queue.fails = false;
  await expect(sweepOutbox(outbox, PARTITION)).resolves.toBe(0);
  expect(sent.map(({ messageId }) => messageId)).toEqual(["counter:1"]);
  expect(waiting()).toEqual([]);
});

test("the sweeper sends what a crash left behind, as it was written", async () => {
  const { outbox, store, sent, waiting } = outboxWorld();
  const message: OutgoingMessage = {
    queue: "changes",
    messageId: "change:7",
    sessionId: "tenant/subscription",
    notBefore: "2031-05-01T09:00:00.000Z",
    body: { n: 7 },
  };
  store.forge(PARTITION, "outbox_changes_change:7", message);
  await expect(sweepOutbox(outbox, PARTITION)).resolves.toBe(0);
  expect(sent).toEqual([{ ...message, version: 1, readableFrom: 1 }]);
  expect(waiting()).toEqual([]);
});

test("a message keeps the version of the release that wrote it, whichever release's sweeper sends it", async () => {
  const { outbox, store, sent, queue, makeDecision } = outboxWorld();
  queue.fails = true;
  await makeDecision();
  expect(store.dump(PARTITION).get("outbox_sync_counter:1")?.value).toMatchObject({ version: 1, readableFrom: 1 });
  queue.fails = false;
  const ofNext = { queue: "sync", messageId: "m:2", body: { n: 2 }, version: 2, readableFrom: 2 };
  store.forge(PARTITION, "outbox_sync_m:2", ofNext);
  await sweepOutbox(outbox, PARTITION);
  expect(sent).toMatchObject([{ messageId: "counter:1", version: 1, readableFrom: 1 }, ofNext]);
});

test("many forgotten messages are all swept, and one that cannot be read does not stop the others", async () => {
  const { outbox, store, sent, waiting } = outboxWorld();
  for (let i = 0; i < 250; i++) {
    const messageId = `m:${String(i).padStart(3, "0")}`;
    store.forge(PARTITION, `outbox_sync_${messageId}`, { queue: "sync", messageId, body: {} });
  }
  store.forge(PARTITION, "outbox_sync_a", { unreadable: true });
  await expect(sweepOutbox(outbox, PARTITION)).resolves.toBe(1);
  expect(sent).toHaveLength(250);
  expect(waiting()).toEqual(["outbox_sync_a"]);
});

test("a caller waits two seconds for a slow queue, not longer", async () => {
  jest.useFakeTimers();
  try {
    const { makeDecision, queue, waiting } = outboxWorld();
    queue.during = () => new Promise(() => undefined);
    let isDone = false;
    const decision = makeDecision().then(() => (isDone = true));
    await jest.advanceTimersByTimeAsync(1_900);
    expect(isDone).toBe(false);
    await jest.advanceTimersByTimeAsync(200);
    await decision;
    expect(waiting()).toEqual(["outbox_sync_counter:1"]);
  } finally {
    jest.useRealTimers();
  }
});
