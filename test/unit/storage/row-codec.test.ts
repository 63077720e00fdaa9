import { fromEntity, toEntity } from "../../../shared/storage/row-codec";
import { checkKey } from "../../../shared/storage/table-limits";

const roundTrip = (value: object): unknown => fromEntity({ ...toEntity("p", "r", value) });
const texts = (value: object): string[] =>
  Object.entries(toEntity("p", "r", value)).flatMap(([name, part]) => (name.startsWith("body") ? [String(part)] : []));

test("a value comes back as it was written", () => {
  const value = { text: "Grüße, 東京", number: 1.5, yes: true, nothing: null, list: [1, { deep: "er" }], "": "empty" };
  expect(roundTrip(value)).toEqual(value);
});

test("a large value is cut into properties that the service holds, and put together again", () => {
  const value = { text: "x".repeat(400_000) };
  expect(texts(value).length).toBeGreaterThan(10);
  expect(Math.max(...texts(value).map((text) => text.length))).toBeLessThanOrEqual(32_768);
  expect(roundTrip(value)).toEqual(value);
});

test.each([0, 1])("no character is cut in two (%i before the emoji)", (offset) => {
  const value = { text: " ".repeat(offset) + "🧾".repeat(100_000) };
  const halves = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
  expect(texts(value).some((text) => halves.test(text))).toBe(false);
  expect(roundTrip(value)).toEqual(value);
});

test("what the service cannot hold is refused before it is sent", () => {
  const megabyte = { text: "x".repeat(2 ** 20 / 2) };
  expect(() => toEntity("p", "r", megabyte)).toThrow(expect.objectContaining({ code: "rowTooLarge" }) as Error);
});

test.each([
  "",
  "a/b",
  "a\\b",
  "a#b",
  "a?b",
  "a%b",
  "a+b",
  "a\u0000b",
  "a\u001fb",
  "a\u007fb",
  "a\u009fb",
  "x".repeat(513),
])("the key %j is refused, as the real service would", (key) => {
  expect(() => checkKey(key)).toThrow(expect.objectContaining({ code: "rowKeyInvalid" }) as Error);
  expect(() => toEntity(key, "r", {})).toThrow(expect.objectContaining({ code: "rowKeyInvalid" }) as Error);
  expect(() => toEntity("p", key, {})).toThrow(expect.objectContaining({ code: "rowKeyInvalid" }) as Error);
});

test.each(["a b", "tenant_1", "CFQ7TTC0LCHC:0002", "é", "'quoted'", "x".repeat(512)])("the key %j is fine", (key) => {
  expect(checkKey(key)).toBe(key);
});

test("a row of a newer version is refused, not misread", () => {
  const entity = { ...toEntity("p", "r", { a: 1 }), schemaVersion: 2 };
  expect(() => fromEntity(entity)).toThrow("newer version");
});

test("a row from before versions is read", () => {
  const { schemaVersion: _none, ...entity } = toEntity("p", "r", { a: 1 });
  expect(fromEntity(entity)).toEqual({ a: 1 });
});
