import { z } from "zod";
import { SubscriptionId, TenantId } from "../domain/access/ids";
import { AuditEntry } from "../domain/audit/audit-entry";
import { listErrors, listOf, pageQuery } from "./list";
import { defineRoute } from "./route";

export const AuditEntryView = AuditEntry.omit({ attemptId: true, previousHash: true }).meta({ id: "AuditEntry" });

const moment = z.iso.datetime().optional();

const filters = {
  ...pageQuery,
  from: moment.meta({ description: "Entries of this moment and later." }),
  to: moment.meta({ description: "Entries before this moment." }),
  action: z.string().max(100).optional().meta({ description: "Such as `subscription.quantity.update`." }),
  actor: z.string().max(300).optional().meta({ description: "Name or id of who did it." }),
  result: z.enum(["success", "failure"]).optional(),
  format: z
    .enum(["json", "csv"])
    .optional()
    .meta({ description: "`csv` for a file, as with `Accept: text/csv`; wins over that header." }),
};

const EXPORT =
  '**CSV** (RFC 4180, UTF-8) holds at most 5,000 entries; where there are more, the header `Link` (`rel="next"`) says where to ask for the next part, ' +
  "and the file's name ends in `-continues`. Cells that a spreadsheet would run begin with an apostrophe. Each part that is taken is recorded: `audit.export`. " +
  "An Approver who holds no other role reads the entries of requests they were named on: none, as long as there are no requests.";

const responses = {
  200: {
    description: "A page of entries, newest first; or a part of them as CSV.",
    schema: listOf(AuditEntryView),
    otherContentType: "text/csv; charset=utf-8; header=present",
  },
} as const;

const errors = {
  ...listErrors,
  busy: { status: 503, description: "CSV only: too many changes at the same moment to record that it was taken." },
};

export const listTenantAuditLogsRoute = defineRoute({
  name: "listTenantAuditLogs",
  operations: ["C46"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/audit-logs",
  summary: "Everything done for a tenant through this product, newest first",
  description: EXPORT,
  tag: "Audit logs",
  permission: "audit.read",
  params: z.object({ tenantId: TenantId }),
  query: z.strictObject({ ...filters, subscriptionId: SubscriptionId.optional() }),
  responses,
  errors,
});

export const listSubscriptionAuditLogsRoute = defineRoute({
  name: "listSubscriptionAuditLogs",
  operations: ["C42"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/subscriptions/{subscriptionId}/audit-logs",
  summary: "Everything done to a subscription through this product, newest first",
  description: `Also of one that Microsoft does not list any more; without entries the list is empty.\n\n${EXPORT}`,
  tag: "Audit logs",
  permission: "audit.read",
  params: z.object({ tenantId: TenantId, subscriptionId: SubscriptionId }),
  query: z.strictObject(filters),
  responses,
  errors,
});

export const listMspAuditLogsRoute = defineRoute({
  name: "listMspAuditLogs",
  operations: ["C46"],
  method: "GET",
  path: "/api/v1/csp/audit-logs",
  summary: "Everything done to what is the MSP's own: resellers, customers, access, settings",
  description: `Answered only to somebody whose scope is everything.\n\n${EXPORT}`,
  tag: "Audit logs",
  permission: "audit.read",
  query: z.strictObject(filters),
  responses,
  errors,
});
