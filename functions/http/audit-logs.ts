import { z } from "zod";
import {
  listMspAuditLogsRoute,
  listSubscriptionAuditLogsRoute,
  listTenantAuditLogsRoute,
  type AuditEntryView,
} from "../../shared/api/audit-logs";
import type { Actor } from "../../shared/domain/access/actor";
import type { AuditEntry } from "../../shared/domain/audit/audit-entry";
import { exportAuditLog } from "../../shared/domain/audit/export-audit-log";
import {
  checkPeriod,
  readAuditLog,
  type AuditFilter,
  type AuditSubject,
} from "../../shared/domain/audit/read-audit-log";
import type { DecideDeps } from "../../shared/domain/decisions/decide";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";

export interface AuditLogEndpointDeps extends DecideDeps {
  cursors: () => Promise<Cursors>;
}

export function auditLogEndpoints(deps: AuditLogEndpointDeps): Endpoint[] {
  return [
    endpoint(listTenantAuditLogsRoute, ({ params, ...request }) => answer(deps, params, request, request.query)),
    endpoint(listSubscriptionAuditLogsRoute, ({ params: { subscriptionId, ...subject }, ...request }) =>
      answer(deps, subject, request, { ...request.query, subscriptionId }),
    ),
    endpoint(listMspAuditLogsRoute, (request) => answer(deps, "msp", request, request.query)),
  ];
}

interface LogRequest {
  actor: Actor;
  url: URL;
  accepts: (mediaType: string) => boolean;
  correlationId: string;
  clientIp: string | undefined;
}

interface LogQuery extends AuditFilter {
  $top: number;
  cursor?: string | undefined;
  format?: "json" | "csv" | undefined;
}

type LogAnswer =
  | { status: 200; body: { value: z.input<typeof AuditEntryView>[]; nextLink?: string } }
  | { status: 200; otherBody: string; headers: Record<string, string> };

async function answer(
  deps: AuditLogEndpointDeps,
  subject: AuditSubject,
  request: LogRequest,
  { $top: limit, cursor, format, ...filter }: LogQuery,
): Promise<LogAnswer> {
  checkPeriod(filter);
  const cursors = await deps.cursors();
  const after = cursors.open(cursor, z.string(), request);
  if (format === "csv" || (format === undefined && request.accepts("text/csv"))) {
    const part = await exportAuditLog(deps, request, subject, { ...filter, after });
    const { nextLink } = cursors.page([], part.next, request);
    return { status: 200, otherBody: part.csv, headers: fileHeaders(subject, nextLink) };
  }
  const page = await readAuditLog(deps.store, request.actor, subject, { ...filter, after, limit });
  return { status: 200, body: cursors.page(page.value.map(toView), page.next, request) };
}

/** What continues says so in its name, too: a file outlives the headers it came with. */
function fileHeaders(subject: AuditSubject, nextLink: string | undefined): Record<string, string> {
  const name = `audit-${subject === "msp" ? "msp" : subject.tenantId}${nextLink === undefined ? "" : "-continues"}.csv`;
  return {
    "Content-Disposition": `attachment; filename="${name}"`,
    ...(nextLink === undefined ? {} : { Link: `<${nextLink}>; rel="next"` }),
  };
}

/** The chain that seals the entries stays inside. */
function toView({ attemptId: _attempt, previousHash: _hash, ...entry }: AuditEntry): z.input<typeof AuditEntryView> {
  return entry;
}
