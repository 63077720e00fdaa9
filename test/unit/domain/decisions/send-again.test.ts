import { isForNewerVersion, stamped } from "../../../../shared/domain/decisions/message-version";
import { putOff, sendAgain } from "../../../../shared/domain/decisions/send-again";
import { after, HOUR, MINUTE, START } from "../../../build/ids";

const DEAD = { queue: "directory", messageId: "tenant:7", sessionId: "tenant", body: { tenantId: "tenant" } } as const;

test.each<[unknown, boolean]>([
  [{ tenantId: "t" }, false],
  [{ version: 1 }, false],
  [{ version: 2 }, true],
  [{ version: "2" }, false],
  [{ version: 2, readableFrom: 1 }, false],
  [{ version: 3, readableFrom: 2 }, true],
  [{ version: "?", readableFrom: 2 }, true],
  ["text", false],
  [undefined, false],
])("the message %j is for a newer version alone: %s", (body, expected) => {
  expect(isForNewerVersion(body)).toBe(expected);
});

test("a message says which version wrote it, and which may handle it: as old a one as every version allows", () => {
  const message = { queue: "changes", messageId: "m", body: {} } as const;
  expect(stamped(message)).toEqual({ ...message, version: 1, readableFrom: 1 });
  expect(stamped(message, [{}, {}])).toMatchObject({ version: 3, readableFrom: 1 });
  const onlyChanges = { messageReadableFrom: ({ queue }: { queue: string }) => (queue === "changes" ? 2 : 1) };
  expect(stamped(message, [onlyChanges, {}])).toMatchObject({ version: 3, readableFrom: 2 });
  expect(stamped({ ...message, queue: "sync" }, [onlyChanges, {}])).toMatchObject({ readableFrom: 1 });
});

test("a dead message comes back in an hour, in its session, under a new id", () => {
  expect(sendAgain(DEAD, START)).toEqual({
    ...{ ...DEAD, messageId: "tenant:7~1", notBefore: after(HOUR).toISOString() },
    // It was written before messages carried versions, and does not become one of this version by being sent again.
    body: { tenantId: "tenant", version: 1, readableFrom: 1 },
  });
});

test("it comes back three times, and no more", () => {
  const ids: string[] = [];
  for (let again = sendAgain(DEAD, START); again; again = sendAgain({ ...DEAD, messageId: again.messageId }, START)) {
    ids.push(again.messageId);
  }
  expect(ids).toEqual(["tenant:7~1", "tenant:7~2", "tenant:7~3"]);
});

test("one for a newer version is put off without end: soon at first, then every quarter of an hour", () => {
  let taken = { ...DEAD, messageId: "tenant:7~2", body: { version: 2, what: "else" } };
  const seen: unknown[] = [];
  for (let i = 0; i < 100; i++) {
    const next = putOff(taken, START);
    if (!next) throw new Error("It was given up.");
    seen.push([next.message.messageId, next.message.notBefore, next.waits]);
    expect(next.message).toMatchObject({ queue: "directory", sessionId: "tenant", body: { version: 2, what: "else" } });
    taken = { ...taken, messageId: next.message.messageId };
  }
  const at = (minutes: number): string => after(minutes * MINUTE).toISOString();
  expect(seen.slice(0, 5)).toEqual([
    ["tenant:7~2^1", at(1), 1],
    ["tenant:7~2^2", at(2), 2],
    ["tenant:7~2^3", at(4), 3],
    ["tenant:7~2^4", at(8), 4],
    ["tenant:7~2^5", at(15), 5],
  ]);
  expect(seen.at(-1)).toEqual(["tenant:7~2^100", at(15), 100]);
});

test("having waited for a newer version does not count as having failed", () => {
  expect(sendAgain({ ...DEAD, messageId: "tenant:7^9" }, START)?.messageId).toBe("tenant:7~1^9");
  expect(sendAgain({ ...DEAD, messageId: "tenant:7~3^9" }, START)).toBeUndefined();
});

test("what is no message of ours does not come back", () => {
  expect(sendAgain({ ...DEAD, body: "text" }, START)).toBeUndefined();
  expect(sendAgain({ ...DEAD, body: null }, START)).toBeUndefined();
  expect(putOff({ ...DEAD, body: "text" }, START)).toBeUndefined();
});
