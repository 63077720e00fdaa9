import { AppError } from "../../errors";
import type { TenantId } from "../access/ids";
import type { WriteRequest } from "../access/request-facts";
import type { DecideDeps } from "../decisions/decide";
import type { Tenant } from "../tenants/tenant";
import { requireConnection } from "./connection-rules";
import { disconnect } from "./disconnecting";

/**
 * Takes a tenant's connection away (C29): its open changes are cancelled, nothing is cancelled at Microsoft, and it stays
 * in the module. Throws `notConnected`, `etagMismatch`, `operationInProgress` (see `disconnect`).
 */
export async function removeConnection(
  deps: DecideDeps,
  request: WriteRequest,
  id: TenantId,
  etag: string,
): Promise<void> {
  await disconnect(deps, request, id, { then: { kind: "nothing" }, etag, check: requireConnection });
}

/**
 * Takes a tenant out of the module, and its connection with it (C24). What was recorded of it stays, and is there again
 * when it is added again. Throws `tenantNotAdded` when it is not in the module, `operationInProgress` (see `disconnect`).
 */
export async function disconnectTenant(deps: DecideDeps, request: WriteRequest, id: TenantId): Promise<void> {
  await disconnect(deps, request, id, { then: { kind: "leaveModule" }, check: requireModule });
}

function requireModule({ inModule, displayName }: Tenant): void {
  if (!inModule) throw new AppError("conflict", "tenantNotAdded", `${displayName} is not in the module.`);
}
