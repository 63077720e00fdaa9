import { z } from "zod";
import { listTenantAuditLogsRoute } from "../../shared/api/audit-logs";
import { readTenantAuditLog } from "../../shared/domain/audit/read-audit-log";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";

export function auditLogEndpoints(deps: { store: StateStore; cursors: () => Promise<Cursors> }): Endpoint[] {
  return [
    endpoint(listTenantAuditLogsRoute, async ({ params, query, actor, url }) => {
      const cursors = await deps.cursors();
      const after = cursors.open(query.cursor, z.string(), { actor, url });
      const { $top: limit, cursor: _cursor, ...filters } = query;
      const page = await readTenantAuditLog(deps.store, actor, params.tenantId, { ...filters, after, limit });
      const value = page.value.map(({ attemptId: _attempt, previousHash: _hash, ...entry }) => entry);
      return { status: 200, body: cursors.page(value, page.next, { actor, url }) };
    }),
  ];
}
