import type { AuditEntry } from "./audit-entry";

type Column = readonly [name: string, valueOf: (entry: AuditEntry) => unknown];

/** Fixed, so that exports of different days can be put together; new ones only ever at the end. */
const COLUMNS: readonly Column[] = [
  ["seq", (entry) => entry.seq],
  ["at", (entry) => entry.at],
  ["action", (entry) => entry.action],
  ["result", (entry) => entry.result],
  ["errorCode", (entry) => entry.errorCode],
  ["actorKind", (entry) => entry.actor.kind],
  ["actorId", (entry) => entry.actor.id],
  ["actorName", (entry) => entry.actor.name],
  ["objectType", (entry) => entry.object.type],
  ["objectId", (entry) => entry.object.id],
  ["objectName", (entry) => entry.object.name],
  ["tenantId", (entry) => entry.tenantId],
  ["resellerId", (entry) => entry.resellerId],
  ["subscriptionId", (entry) => entry.subscriptionId],
  ["changeId", (entry) => entry.changeId],
  ["before", (entry) => entry.before],
  ["after", (entry) => entry.after],
  ["reason", (entry) => entry.reason],
  ["correlationId", (entry) => entry.correlationId],
  ["clientIp", (entry) => entry.clientIp],
];

/** The first record of an export, with its line end. */
export const CSV_HEADER = record(COLUMNS.map(([name]) => name));

/** One entry as a record of RFC 4180, with its line end. `before` and `after` are JSON. */
export function csvRecord(entry: AuditEntry): string {
  return record(COLUMNS.map(([, valueOf]) => textOf(valueOf(entry))));
}

/**
 * What a spreadsheet would run as a formula: cells that begin with `=`, `+`, `-`, `@`, their full-width forms, or with
 * white space it drops before it looks (OWASP, CSV injection). People outside of the MSP write some of these texts.
 */
const FORMULA = /^[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/;

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
  return FORMULA.test(text) ? `'${text}` : text;
}

function record(cells: readonly string[]): string {
  return `${cells.map(quoted).join(",")}\r\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) || cell !== cell.trim() ? `"${cell.replaceAll('"', '""')}"` : cell;
}
