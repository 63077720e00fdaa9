import type { TenantId } from "../access/ids";
import type { Decision } from "../decisions/decide";

/** Tells the read models, in the same decision, that a tenant changed. The message is a pointer; the handler reads the tenant. */
export function announceTenant(decision: Decision, tenantId: TenantId): void {
  decision.send({
    queue: "directory",
    messageId: `${tenantId}:${decision.head.seq + 1}`,
    sessionId: tenantId,
    body: { tenantId },
  });
}
