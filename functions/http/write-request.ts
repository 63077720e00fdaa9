import { AppError } from "../../shared/errors";
import type { Actor } from "../../shared/domain/access/actor";
import type { WriteRequest } from "../../shared/domain/access/request-facts";
import type { IdempotencyKey } from "../../shared/domain/decisions/idempotency";

/** The part of an endpoint's request that use cases which write are handed. */
export function toWriteRequest(request: {
  actor: Actor;
  idempotency: IdempotencyKey;
  correlationId: string;
  clientIp: string | undefined;
}): WriteRequest {
  const { actor, idempotency, correlationId, clientIp } = request;
  return { actor, idempotency, correlationId, clientIp };
}

/** Throws `returnToNotAllowed` unless the address is of an origin this installation may send a browser to. */
export function checkReturnTo(returnTo: string, allowedOrigins: readonly string[]): string {
  if (allowedOrigins.includes(new URL(returnTo).origin)) return returnTo;
  throw new AppError("invalid", "returnToNotAllowed", "This address is not one the browser may be sent to.", {
    errors: [{ pointer: "/body/returnTo", message: `must be on one of: ${allowedOrigins.join(", ")}` }],
  });
}
