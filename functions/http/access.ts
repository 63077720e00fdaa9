import { z } from "zod";
import {
  getAccessRoute,
  grantAccessRoute,
  listAccessRoute,
  revokeAccessRoute,
  type AccessView,
} from "../../shared/api/access";
import type { Grant } from "../../shared/domain/access/grant";
import type { Principal } from "../../shared/domain/access/ids";
import { findAccess, grantAccess, revokeAccess, type AccessDeps } from "../../shared/domain/access/keep-access";
import { listAccess } from "../../shared/domain/access/list-access";
import { publicEtag } from "../../shared/domain/decisions/public-etag";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import { toWriteRequest } from "./write-request";

export interface AccessEndpointDeps extends AccessDeps {
  cursors: () => Promise<Cursors>;
}

export function accessEndpoints(deps: AccessEndpointDeps): Endpoint[] {
  return [
    endpoint(listAccessRoute, async ({ query, actor, url }) => {
      const cursors = await deps.cursors();
      const after = cursors.open(query.cursor, z.string(), { actor, url });
      const page = await listAccess(deps.store, actor, { after, limit: query.$top });
      const value = page.value.map(({ principal, etag, value }) => toView(principal, { etag, value }));
      return { status: 200, body: cursors.page(value, page.next, { actor, url }, page.notShown) };
    }),
    endpoint(getAccessRoute, async ({ params, actor }) => {
      const body = toView(params.principal, await findAccess(deps.store, actor, params.principal));
      return { status: 200, body, etag: body.etag };
    }),
    endpoint(grantAccessRoute, async ({ params, body: fields, ifMatch, ...request }) => {
      const granted = await grantAccess(deps, toWriteRequest(request), params.principal, fields, ifMatch);
      const body = toView(params.principal, granted);
      // What was not there before was created, also where the request is answered again.
      return { status: ifMatch === undefined ? 201 : 200, body, etag: body.etag };
    }),
    endpoint(revokeAccessRoute, async ({ params, ifMatch, ...request }) => {
      await revokeAccess(deps, toWriteRequest(request), params.principal, ifMatch);
      return { status: 204 };
    }),
  ];
}

function toView(principal: Principal, { etag, value }: { etag: string; value: Grant }): z.input<typeof AccessView> {
  const { displayName, scope, optIns, grantedAt, grantedBy } = value;
  return {
    ...{ principal, scope, optIns, grantedAt, grantedBy, etag: publicEtag(etag) },
    ...(displayName ? { displayName } : {}),
  };
}
