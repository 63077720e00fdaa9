import { refuse } from "../errors";
import { collection, type AddRoute, type Answer, type Call } from "../route";
import { DAY_MS, startOfDay } from "../terms";
import type { AuditRecord } from "../world";
import { AUDIT_DAYS } from "./audit-past";
import { readAuditFilter } from "./audit-filter";

/** What a partner can read of the changes made for its customers (partner-center-api.md §8.1). */
export function registerAuditRecords(add: AddRoute): void {
  add({ method: "GET", path: "/v1/auditrecords", name: "listAuditRecords", token: "any" }, listAuditRecords);
  const one = "/auditactivity/v1/auditrecords/:recordId";
  add({ method: "GET", path: one, name: "getAuditRecord", token: "any" }, getAuditRecord);
}

const DEFAULT_DAYS = 30;

/**
 * Newest first, seek-paged. The token names the last record shown, so records that come in between two pages neither
 * repeat nor hide one.
 */
function listAuditRecords(call: Call): Answer {
  const { fromMs, toMs } = readDates(call);
  const matches = readAuditFilter(call.query.get("filter"));
  const size = pageSize(call);
  const before = readPosition(call);
  const { auditRecords } = call.simulation.world;
  const page: AuditRecord[] = [];
  let position = Math.min(before, auditRecords.length);
  let hasMore = false;
  while (position > 0 && !hasMore) {
    const record = auditRecords[position - 1];
    const isWanted = record && isVisible(call, record) && record.at >= fromMs && record.at < toMs && matches(record);
    if (isWanted && page.length === size) hasMore = true;
    else {
      if (isWanted) page.push(record);
      position--;
    }
  }
  const items = page.map(({ resource }) => resource);
  return { status: 200, body: collection(items, uriOf(call), hasMore ? nextPage(call, position) : {}) };
}

function isVisible(call: Call, record: AuditRecord): boolean {
  return record.partnerId === call.caller.partner.tenantId && record.visibleAt <= call.now.getTime();
}

/** Whole days in UTC, the last one included; by default the last 30. */
function readDates(call: Call): { fromMs: number; toMs: number } {
  const today = startOfDay(call.now.getTime());
  const fromMs = readDay(call, "startDate") ?? today - DEFAULT_DAYS * DAY_MS;
  const lastDayMs = readDay(call, "endDate") ?? today;
  if (fromMs < today - AUDIT_DAYS * DAY_MS) {
    refuse(400, 3000, `Audit records are kept for ${AUDIT_DAYS} days; startDate is older.`, ["startDate"]);
  }
  if (lastDayMs < fromMs) refuse(400, 3000, "endDate lies before startDate.", ["endDate"]);
  return { fromMs, toMs: lastDayMs + DAY_MS };
}

function readDay(call: Call, name: string): number | undefined {
  const text = call.query.get(name);
  if (text === null) return undefined;
  const day = /^\d{4}-\d{2}-\d{2}/.test(text) ? startOfDay(Date.parse(text.slice(0, 10))) : NaN;
  return Number.isNaN(day) ? refuse(400, 3000, `${name} must be a date as yyyy-mm-dd.`, [name]) : day;
}

function pageSize(call: Call): number {
  const limit = call.simulation.switches.auditPageLimit;
  const text = call.query.get("size");
  if (text === null) return limit;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1) refuse(400, 3000, "size must be a whole number from 1.", ["size"]);
  return Math.min(size, limit);
}

/** Where to go on, counted from the oldest record; `seekOperation=Next` needs the token of the header. */
function readPosition(call: Call): number {
  const operation = call.query.get("seekOperation")?.toLowerCase();
  if (operation === undefined || operation === "first") return Infinity;
  if (operation !== "next")
    return refuse(400, 900126, `seekOperation '${operation}' is not supported.`, ["seekOperation"]);
  const token = Buffer.from(call.headers["ms-continuationtoken"] ?? "", "base64").toString("utf8");
  const match = /^audit:(\d+)$/.exec(token);
  if (match) return Number(match[1]);
  return refuse(400, 3000, "MS-ContinuationToken is missing or not valid.", ["MS-ContinuationToken"]);
}

function uriOf(call: Call, query = call.query): string {
  const prefix = call.simulation.switches.linksWithVersion ? "/v1" : "";
  return `${prefix}/auditrecords${query.size > 0 ? `?${query.toString()}` : ""}`;
}

function nextPage(call: Call, position: number): { nextUri: string; token: string } {
  const query = new URLSearchParams(call.query);
  query.set("seekOperation", "Next");
  return { nextUri: uriOf(call, query), token: Buffer.from(`audit:${position}`).toString("base64") };
}

function getAuditRecord(call: Call): Answer {
  const wanted = call.params["recordId"] ?? "";
  const record = call.simulation.world.auditRecords.find(({ resource }) => resource.id === wanted);
  if (!record || !isVisible(call, record)) return refuse(404, 1000, "The audit record was not found.");
  return { status: 200, body: record.resource };
}
