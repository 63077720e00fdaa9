import type { IdempotencyKey } from "../decisions/idempotency";
import type { Actor } from "./actor";

/** What a use case that writes needs to know of the request it serves. */
export interface WriteRequest {
  actor: Actor;
  idempotency: IdempotencyKey;
  correlationId: string;
  clientIp: string | undefined;
}

/** The members of an audit entry that come from the request. */
export interface AuditedRequest {
  actor: { kind: Actor["kind"]; id: string; name: string };
  correlationId: string;
  clientIp?: string;
}

/** What the audit log says of who asked. */
export function auditedRequest(request: Pick<WriteRequest, "actor" | "correlationId" | "clientIp">): AuditedRequest {
  const { kind, id, name } = request.actor;
  return {
    actor: { kind, id, name },
    correlationId: request.correlationId,
    ...(request.clientIp ? { clientIp: request.clientIp } : {}),
  };
}
