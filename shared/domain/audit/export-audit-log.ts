import type { Actor } from "../access/actor";
import { auditedRequest } from "../access/request-facts";
import { decide, type DecideDeps } from "../decisions/decide";
import { CSV_HEADER, csvRecord } from "./audit-csv";
import { auditPartition, readAuditLog, type AuditFilter, type AuditSubject } from "./read-audit-log";

/** One answer stays small enough to be made and held in memory; the rest is asked for in parts. */
const MOST_ENTRIES = 5_000;
const MOST_CHARACTERS = 4_000_000;
const PAGE = 200;

export interface ExportRequest {
  actor: Actor;
  correlationId: string;
  clientIp: string | undefined;
}

export interface AuditExport {
  csv: string;
  entries: number;
  /** Where the next part begins; absent when this one goes to the end. */
  next?: string;
}

/**
 * A log as CSV, newest first, at most 5,000 entries at a time. That it was taken is recorded in the log it is taken from
 * (`audit.export`), before it is given away. Throws like `readAuditLog`.
 */
export async function exportAuditLog(
  deps: DecideDeps,
  request: ExportRequest,
  subject: AuditSubject,
  ask: AuditFilter & { after?: string | undefined },
): Promise<AuditExport> {
  const { after, ...filter } = ask;
  const taken = await takeEntries(deps, request.actor, subject, filter, after);
  await decide(deps, auditPartition(subject), (decision) => {
    decision.record({
      ...auditedRequest(request),
      action: "audit.export",
      object: subject === "msp" ? { type: "msp", id: "msp" } : { type: "tenant", id: subject.tenantId },
      ...(subject === "msp" ? {} : { tenantId: subject.tenantId }),
      ...(filter.subscriptionId === undefined ? {} : { subscriptionId: filter.subscriptionId }),
      result: "success",
      after: { ...filter, entries: taken.entries, isLastPart: taken.next === undefined },
    });
  });
  return taken;
}

async function takeEntries(
  deps: DecideDeps,
  actor: Actor,
  subject: AuditSubject,
  filter: AuditFilter,
  start: string | undefined,
): Promise<AuditExport> {
  let csv = CSV_HEADER;
  let entries = 0;
  let after = start;
  for (;;) {
    const limit = Math.min(PAGE, MOST_ENTRIES - entries);
    const page = await readAuditLog(deps.store, actor, subject, { ...filter, after, limit });
    csv += page.value.map(csvRecord).join("");
    entries += page.value.length;
    after = page.next;
    if (after === undefined) return { csv, entries };
    if (entries >= MOST_ENTRIES || csv.length >= MOST_CHARACTERS) return { csv, entries, next: after };
  }
}
