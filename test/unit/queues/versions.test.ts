import { InvocationContext } from "@azure/functions";
import { takeAgainHandler, understanding } from "../../../functions/queues/versions";
import { NewerVersionError } from "../../../shared/domain/decisions/newer-version";
import type { OutgoingMessage } from "../../../shared/domain/decisions/outgoing-message";
import { after, HOUR, MINUTE, START } from "../../build/ids";
import { recordedLog } from "../../fakes/recorded-log";

const POINTER = { tenantId: "t", changeId: "c", n: 3 };
const AT_ROW = new NewerVersionError({ partition: "tenant_t", row: "change_c" }, { needed: 2, known: 1 });

/** A queue's handler, what it was given, and what it sent. */
function setup(fails?: Error) {
  const sent: OutgoingMessage[] = [];
  const handled: unknown[] = [];
  const log = recordedLog();
  const deps = {
    log,
    clock: () => START,
    send: (message: OutgoingMessage) => Promise.resolve(void sent.push(message)),
  };
  const handler = (message: unknown): Promise<void> => {
    if (fails) return Promise.reject(fails);
    return Promise.resolve(void handled.push(message));
  };
  const deliver = async (body: unknown, messageId = "c:3"): Promise<void> => {
    const context = new InvocationContext({ triggerMetadata: { messageId, sessionId: "t/s" } });
    await understanding(deps, "changes", handler)(body, context);
  };
  return { sent, handled, log, deliver, deps };
}

const putOffMessage = (body: Record<string, unknown>): OutgoingMessage => ({
  ...{ queue: "changes", messageId: "c:3^1", sessionId: "t/s", body },
  notBefore: after(MINUTE).toISOString(),
});

test("a message of a newer version that this one may handle is handled, unknown fields or not", async () => {
  const { deliver, handled, sent } = setup();
  const body = { ...POINTER, version: 2, readableFrom: 1, sentBy: "next" };
  await deliver(body);
  expect(handled).toEqual([body]);
  expect(sent).toEqual([]);
});

test("a message for a newer version alone is not touched: it comes back as it was, in its session, in a minute", async () => {
  const { deliver, handled, sent, log } = setup();
  const body = { ...POINTER, version: 2, readableFrom: 2, what: "else" };
  await deliver(body);
  expect(handled).toEqual([]);
  expect(sent).toEqual([putOffMessage(body)]);
  expect(log.lines).toEqual([{ level: "warn", message: "a message is left to a newer version of this software" }]);
});

test("a message about a row for a newer version comes back in a minute, too, and counts as no failure", async () => {
  const { deliver, sent } = setup(AT_ROW);
  await deliver(POINTER);
  expect(sent).toEqual([putOffMessage({ ...POINTER, version: 1, readableFrom: 1 })]);
});

test("after a quarter of an hour the operators are told", async () => {
  const { deliver, log } = setup(AT_ROW);
  await deliver(POINTER, "c:3^3");
  await deliver(POINTER, "c:3^4");
  expect(log.lines.map(({ level }) => level)).toEqual(["warn", "error"]);
  expect(log.lines[1]?.message).toBe("a message waits for a newer version of this software");
});

test("any other failure is thrown, so that the message is delivered again", async () => {
  const { deliver, sent } = setup(new Error("storage is down"));
  await expect(deliver(POINTER)).rejects.toThrow("storage is down");
  expect(sent).toEqual([]);
});

test("while it cannot be sent on, the message is not completed", async () => {
  const { deps } = setup();
  const failing = { ...deps, send: () => Promise.reject(new Error("the broker is down")) };
  const context = new InvocationContext({ triggerMetadata: { messageId: "c:3", sessionId: "t/s" } });
  const handler = understanding(failing, "changes", () => Promise.reject(AT_ROW));
  await expect(handler(POINTER, context)).rejects.toThrow("the broker is down");
});

test("dead letters of the read models come back in an hour, three times, and are told each time", async () => {
  const { deps, sent, log } = setup();
  const handler = takeAgainHandler(deps, "directory");
  for (const messageId of ["t:7", "t:7~3"]) {
    await handler({ tenantId: "t" }, new InvocationContext({ triggerMetadata: { messageId } }));
  }
  const notBefore = after(HOUR).toISOString();
  expect(sent).toEqual([
    { queue: "directory", messageId: "t:7~1", body: { tenantId: "t", version: 1, readableFrom: 1 }, notBefore },
  ]);
  expect(log.lines.map(({ level }) => level)).toEqual(["error", "error"]);
});
