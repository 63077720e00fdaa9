import { ChangeId, newId, SubscriptionId } from "../../../shared/domain/access/ids";
import { after, START } from "../../build/ids";

const bytes = (fill: number): Uint8Array => new Uint8Array(10).fill(fill);

test("an id is 26 small letters and digits that this system accepts", () => {
  const id = newId(START, bytes(255));
  expect(id).toMatch(/^[0-9a-z]{26}$/);
  expect(ChangeId.parse(id)).toBe(id);
});

test("newer ids come first in text order, whatever their random part", () => {
  const moments = [0, 1, 999, 1000, 86_400_000, 10 * 365 * 86_400_000];
  const ids = moments.map((ms, i) => newId(after(ms), bytes(i * 40)));
  expect([...ids].sort()).toEqual([...ids].reverse());
});

test("ids of one millisecond differ by their 80 random bits", () => {
  const ids = new Set<string>();
  for (let bit = 0; bit < 80; bit++) {
    const random = bytes(0);
    random[Math.floor(bit / 8)] = 1 << (bit % 8);
    ids.add(newId(START, random));
  }
  expect(ids.size).toBe(80);
});

test("too little chance is refused", () => {
  expect(() => newId(START, new Uint8Array(9))).toThrow(RangeError);
});

test("ids of Microsoft are told in small letters and must be GUIDs", () => {
  expect(SubscriptionId.parse("ABCDEF00-0000-4000-8000-000000000001")).toBe("abcdef00-0000-4000-8000-000000000001");
  expect(SubscriptionId.safeParse("subscription-1").success).toBe(false);
});
