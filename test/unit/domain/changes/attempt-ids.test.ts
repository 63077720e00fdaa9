import {
  attemptIds,
  attemptNumber,
  originOfItem,
  originTag,
  tagOf,
} from "../../../../shared/domain/changes/attempt-ids";
import { changeId } from "../../../build/ids";

const REQUEST = { hash: "a".repeat(64), bodyHash: "b".repeat(64) };
const change = (index: number, request = REQUEST) => ({
  id: changeId(index + 1),
  origin: originOfItem(request, index, undefined),
});
const NUMBERS = [1, 2, 6, 255, 4096, 0x3fff];

test("ids are UUIDs of version 8 that nothing but the change and the number decides", () => {
  const { requestId, correlationId } = attemptIds(change(0), 1);
  for (const id of [requestId, correlationId]) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(attemptIds(change(0), 1)).toEqual({ requestId, correlationId });
  // Written down: an installation that is restored by a later release has to find what an earlier one sent.
  expect(attemptIds({ id: changeId(1), origin: "origin" }, 1)).toEqual({
    requestId: "664f499f-1c39-854c-8001-dcca31f6dce0",
    correlationId: "664f499f-1c39-854c-8001-062559a3098f",
  });
});

test("no two ids are the same: of any attempts, for either purpose, of any changes", () => {
  const changes = [change(0), change(1), change(0, { ...REQUEST, bodyHash: "c".repeat(64) }), { id: changeId(9) }];
  const ids = changes.flatMap((one) => NUMBERS.flatMap((number) => Object.values(attemptIds(one, number)) as string[]));
  expect(new Set(ids).size).toBe(changes.length * NUMBERS.length * 2);
});

test("the same request sent again makes the same ids, whatever id its change has", () => {
  expect(attemptIds({ ...change(0), id: changeId(7) }, 3)).toEqual(attemptIds(change(0), 3));
});

test("a key that is used anew after its time makes other ids, each time", () => {
  const origins = [undefined, "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"].map((former) =>
    originOfItem(REQUEST, 0, former),
  );
  expect(new Set(origins).size).toBe(3);
});

test.each(NUMBERS)("attempt %i is known again by its correlation id alone, in either case", (number) => {
  const { correlationId, requestId } = attemptIds(change(0), number);
  expect(attemptNumber(change(0), correlationId)).toBe(number);
  expect(attemptNumber(change(0), correlationId.toUpperCase())).toBe(number);
  expect(attemptNumber(change(1), correlationId)).toBeUndefined();
  expect(attemptNumber(change(0), requestId)).toBeUndefined();
});

test("what begins like an id of ours and goes on otherwise is none of ours", () => {
  const { correlationId } = attemptIds(change(0), 1);
  const forged = correlationId.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
  expect(attemptNumber(change(0), forged)).toBeUndefined();
  expect(attemptNumber(change(0), "11111111-2222-4333-8444-555555555555")).toBeUndefined();
  expect(attemptNumber(change(0), "no id at all")).toBeUndefined();
});

test("an id says whose it is", () => {
  expect(tagOf(attemptIds(change(0), 5).correlationId)).toBe(originTag(change(0)));
  expect(tagOf("11111111-2222-4333-8444-555555555555")).toBeUndefined();
  expect(originTag({ id: changeId(1) })).not.toBe(originTag({ id: changeId(2) }));
});

test("numbers that do not fit are refused, not bent", () => {
  for (const number of [0, -1, 0x4000]) expect(() => attemptIds(change(0), number)).toThrow("An attempt has a number");
});
