import { isOfNewerVersion } from "../../../../shared/domain/decisions/message-version";
import { sendAgain } from "../../../../shared/domain/decisions/send-again";
import { after, HOUR, START } from "../../../build/ids";

const DEAD = { queue: "directory", messageId: "tenant:7", sessionId: "tenant", body: { tenantId: "tenant" } } as const;

test.each<[unknown, boolean]>([
  [{ tenantId: "t" }, false],
  [{ version: 1 }, false],
  [{ version: 2 }, true],
  [{ version: "2" }, false],
  ["text", false],
  [undefined, false],
])("the message %j is of a newer version: %s", (body, expected) => {
  expect(isOfNewerVersion(body)).toBe(expected);
});

test("a dead message comes back in an hour, in its session, under a new id", () => {
  expect(sendAgain(DEAD, START)).toEqual({ ...DEAD, messageId: "tenant:7~1", notBefore: after(HOUR).toISOString() });
});

test("it comes back three times, and no more", () => {
  const ids: string[] = [];
  for (let again = sendAgain(DEAD, START); again; again = sendAgain({ ...DEAD, messageId: again.messageId }, START)) {
    ids.push(again.messageId);
  }
  expect(ids).toEqual(["tenant:7~1", "tenant:7~2", "tenant:7~3"]);
});

test("one of a newer version is never given up", () => {
  const dead = { ...DEAD, messageId: "tenant:7~41", body: { version: 2, what: "else" } };
  expect(sendAgain(dead, START)).toMatchObject({ messageId: "tenant:7~42", body: { version: 2, what: "else" } });
});

test("what is no message of ours does not come back", () => {
  expect(sendAgain({ ...DEAD, body: "text" }, START)).toBeUndefined();
  expect(sendAgain({ ...DEAD, body: null }, START)).toBeUndefined();
});
