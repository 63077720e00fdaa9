import { AppError } from "../../errors";
import type { WriteRequest } from "../access/request-facts";
import { Change } from "../changes/change";
import { isUnsettled, readOpenChanges } from "../changes/open-changes";
import type { Decision } from "../decisions/decide";
import { keyReused } from "../decisions/idempotency";
import type { Connection, Tenant } from "../tenants/tenant";

/** The refusal of what cannot be done while something else is under way. */
export function operationInProgress(message: string, extensions: Record<string, unknown> = {}): AppError {
  return new AppError("conflict", "operationInProgress", message, { extensions });
}

/** True when this very request has begun to end the connection, and only the rest is to be done. Throws `idempotencyKeyReused`. */
export function isBegunBy({ disconnecting }: Tenant, { idempotency }: WriteRequest): boolean {
  if (disconnecting?.idempotency.hash !== idempotency.hash) return false;
  if (disconnecting.idempotency.bodyHash !== idempotency.bodyHash) throw keyReused();
  return true;
}

/** The connection of a tenant. Throws `notConnected` where it has none. */
export function requireConnection({ connection, displayName }: Tenant): Connection {
  if (connection) return connection;
  throw new AppError("conflict", "notConnected", `${displayName} is not connected to Microsoft CSP.`);
}

/** Throws `operationInProgress` while the tenant's connection is being taken away or replaced. */
export function refuseWhileDisconnecting({ displayName, disconnecting }: Tenant): void {
  if (disconnecting) throw operationInProgress(`The connection of ${displayName} is being removed or replaced.`);
}

const MAX_NAMED = 20;

/** Throws `operationInProgress`, naming them, while changes are or may be outstanding at Microsoft (product.md §4.3). */
export async function refuseUnsettled(decision: Decision, { displayName }: Tenant): Promise<void> {
  const open = await readOpenChanges(decision.head.openChanges, (row) => decision.get(row, Change));
  const unsettled = open.filter(isUnsettled);
  if (unsettled.length === 0) return;
  const changes = unsettled
    .slice(0, MAX_NAMED)
    .map(({ id, subscriptionName, state }) => ({ changeId: id, subscriptionName, state }));
  throw operationInProgress(
    `${displayName} has ${unsettled.length} change(s) that are under way at Microsoft or wait for a decision.`,
    { changes },
  );
}
