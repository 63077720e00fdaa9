import { CSV_HEADER, csvRecord } from "../../../../shared/domain/audit/audit-csv";
import type { AuditEntry } from "../../../../shared/domain/audit/audit-entry";

const entry: AuditEntry = {
  action: "tenant.update",
  actor: { kind: "user", id: "u", name: "olga@msp.example" },
  object: { type: "tenant", id: "t", name: "Larkspur" },
  result: "success",
  ...{ seq: 7, at: "2026-03-01T12:00:00.000Z", attemptId: "sealed", previousHash: "sealed" },
};
const reasonOf = (reason: string): string => {
  const withReason = csvRecord({ ...entry, reason });
  const without = csvRecord(entry);
  return withReason.slice(without.length - 4, withReason.length - 4);
};

test("an entry is a record of as many cells as the header has, without what seals the chain", () => {
  const record = csvRecord(entry);
  expect(record).toBe(
    "7,2026-03-01T12:00:00.000Z,tenant.update,success,,user,u,olga@msp.example,tenant,t,Larkspur,,,,,,,,,\r\n",
  );
  expect(record.split(",")).toHaveLength(CSV_HEADER.split(",").length);
});

test.each([
  ["commas", "a, b", '"a, b"'],
  ["quotes", 'say "yes"', '"say ""yes"""'],
  ["line ends", "one\r\ntwo", '"one\r\ntwo"'],
  ["spaces at its ends, which some readers drop", " a ", '" a "'],
  ["umlauts as they are", "Müller & Söhne", "Müller & Söhne"],
])("text with %s is one cell (RFC 4180)", (_, text, cell) => {
  expect(reasonOf(text)).toBe(cell);
});

test.each(["=1+1", "+49 30", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x"])(
  "text that a spreadsheet would run begins with an apostrophe: %j",
  (text) => {
    expect(reasonOf(text).replace(/^"|"$/g, "")).toBe(`'${text}`);
  },
);

test.each(["a=1", "1-2", "mail@example.com", "'=1", ""])("other text is left alone: %j", (text) => {
  expect(reasonOf(text)).toBe(text);
});

test("what was before and after is JSON, and no formula either", () => {
  const record = csvRecord({ ...entry, before: { quantity: 5 }, after: { quantity: -1, note: '=1,"2"' } });
  expect(record).toContain(',"{""quantity"":5}","{""quantity"":-1,""note"":""=1,\\""2\\""""}",');
});
