import type { DataVersion } from "../../../shared/domain/decisions/data-versions";
import { NewerVersionError } from "../../../shared/domain/decisions/newer-version";
import { createRowCodec, fromEntity, toEntity } from "../../../shared/storage/row-codec";
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

/** Version 2 adds a state that version 1 does not know; version 3 adds nothing anybody has to know. */
const VERSIONS: DataVersion[] = [
  { rowReadableFrom: (value) => ("state" in value && value.state === "PendingCountersign" ? 2 : 1) },
  { upgrade: (value) => ({ tags: [], ...(value as object) }) },
];
const first = createRowCodec([]);
const third = createRowCodec(VERSIONS);

test("a row that only a newer version may read is refused, not misread", () => {
  const entity = third.toEntity("tenant_1", "change_1", { state: "PendingCountersign" });
  expect(entity).toMatchObject({ schemaVersion: 3, readableFrom: 2 });
  expect(() => first.fromEntity(entity)).toThrow(
    expect.objectContaining({ name: "NewerVersionError", at: { partition: "tenant_1", row: "change_1" } }) as Error,
  );
  expect([first.canRead(entity), third.canRead(entity)]).toEqual([false, true]);
});

test("a row of a newer version that says nothing else is read with the fields it has", () => {
  const entity = third.toEntity("p", "change_1", { state: "Completed", tags: ["new"] });
  expect(entity).toMatchObject({ schemaVersion: 3, readableFrom: 1 });
  expect(first.fromEntity(entity)).toEqual({ state: "Completed", tags: ["new"] });
});

test("what an older version wrote again is brought up to date again, and what it kept stays", () => {
  expect(third.fromEntity(first.toEntity("p", "r", { tags: ["kept"] }))).toEqual({ tags: ["kept"] });
  expect(third.fromEntity(first.toEntity("p", "r", { made: "anew" }))).toEqual({ tags: [], made: "anew" });
});

test("a row of a newer version that does not say who may read it is that version's alone", () => {
  const entity = { ...toEntity("p", "r", { a: 1 }), schemaVersion: 2, readableFrom: undefined };
  expect(() => fromEntity(entity)).toThrow(NewerVersionError);
});

test("an audit entry is read by every version, whoever wrote it: the chain of hashes has no holes", () => {
  const strict = createRowCodec([{ rowReadableFrom: () => 2, upgrade: () => "never" }]);
  const entity = strict.toEntity("p", "audit_000000000001", { action: "new.kind" });
  expect(entity).toMatchObject({ schemaVersion: 2, readableFrom: 1 });
  expect(first.fromEntity(entity)).toEqual({ action: "new.kind" });
  expect(first.fromEntity({ ...entity, readableFrom: 2 })).toEqual({ action: "new.kind" });
  expect(strict.fromEntity(first.toEntity("p", "audit_000000000001", { old: 1 }))).toEqual({ old: 1 });
});

test("a row from before versions is read", () => {
  const { schemaVersion: _none, ...entity } = toEntity("p", "r", { a: 1 });
  expect(fromEntity(entity)).toEqual({ a: 1 });
});
