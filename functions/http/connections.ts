import { connectTenantRoute, disconnectTenantRoute, removeConnectionRoute } from "../../shared/api/connections";
import { requireConfirmation } from "../../shared/domain/access/confirmation";
import { changeConnection } from "../../shared/domain/connections/change-connection";
import { connectTenant, type ConnectDeps } from "../../shared/domain/connections/connect-tenant";
import { disconnectTenant, removeConnection } from "../../shared/domain/connections/remove-connection";
import { publicEtag } from "../../shared/domain/decisions/public-etag";
import { connectionOf } from "../../shared/domain/tenants/find-tenant";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import { toConnectionView } from "./tenant-views";
import { toWriteRequest } from "./write-request";

export function connectionEndpoints(deps: ConnectDeps): Endpoint[] {
  return [connect(deps), remove(deps), disconnect(deps)];
}

const connect = (deps: ConnectDeps): Endpoint =>
  endpoint(connectTenantRoute, async ({ params, body, ifMatch, ...request }) => {
    const mapping = { tenantId: params.tenantId, ...body };
    const write = toWriteRequest(request);
    const { value, etag } =
      ifMatch === undefined
        ? await connectTenant(deps, write, mapping)
        : await changeConnection(deps, write, mapping, ifMatch);
    const answer = { body: toConnectionView(connectionOf(value)), etag: publicEtag(etag) };
    return ifMatch === undefined ? { status: 201, ...answer } : { status: 200, ...answer };
  });

const remove = (deps: ConnectDeps): Endpoint =>
  endpoint(removeConnectionRoute, async ({ params, ifMatch, ...request }) => {
    await removeConnection(deps, toWriteRequest(request), params.tenantId, ifMatch);
    return { status: 204 };
  });

const disconnect = (deps: ConnectDeps): Endpoint =>
  endpoint(disconnectTenantRoute, async ({ params, body, ...request }) => {
    requireConfirmation(body.confirmation);
    await disconnectTenant(deps, toWriteRequest(request), params.tenantId);
    return { status: 204 };
  });
