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
export function auditedRequest(request: Pick<WriteRequest, "actor" | "correlationId" | "clientIp">): {
  actor: { kind: Actor["kind"]; id: string; name: string };
  correlationId: string;
  clientIp?: string;
} {
  const { kind, id, name } = request.actor;
  return {
    actor: { kind, id, name },
    correlationId: request.correlationId,
    ...(request.clientIp ? { clientIp: request.clientIp } : {}),
  };
}
