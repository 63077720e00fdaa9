import { z } from "zod";
import { TenantId } from "../domain/access/ids";
import { AuditEntry } from "../domain/audit/audit-entry";
import { listErrors, listOf, pageQuery } from "./list";
import { defineRoute } from "./route";

export const AuditEntryView = AuditEntry.omit({ attemptId: true, previousHash: true }).meta({ id: "AuditEntry" });

export const listTenantAuditLogsRoute = defineRoute({
  name: "listTenantAuditLogs",
  operations: ["C46"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/audit-logs",
  summary: "Everything done for a tenant through this product, newest first",
  tag: "Audit logs",
  permission: "audit.read",
  params: z.object({ tenantId: TenantId }),
  query: z.strictObject({
    ...pageQuery,
    from: z.iso.datetime().optional(),
    to: z.iso.datetime().optional(),
    action: z.string().max(100).optional(),
    actor: z.string().max(300).optional(),
    result: z.enum(["success", "failure"]).optional(),
    subscriptionId: z.string().max(100).optional(),
  }),
  responses: { 200: { description: "A page of entries.", schema: listOf(AuditEntryView) } },
  errors: listErrors,
});
