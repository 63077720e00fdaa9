import {
  getTenantWriteModeRoute,
  getWriteModeRoute,
  setTenantWriteModeRoute,
  setWriteModeRoute,
} from "../../shared/api/write-mode";
import { requireWholeScope } from "../../shared/domain/access/whole-scope";
import {
  getTenantWriteMode,
  getWriteMode,
  setTenantWriteMode,
  setWriteMode,
  type StoredMode,
  type SwitchDeps,
} from "../../shared/domain/changes/switch-writes";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import { toWriteRequest } from "./write-request";

export function writeModeEndpoints(deps: SwitchDeps): Endpoint[] {
  return [
    endpoint(getWriteModeRoute, async () => answer(await getWriteMode(deps))),
    endpoint(setWriteModeRoute, async ({ body, ifMatch, ...request }) => {
      requireWholeScope(request.actor);
      await setWriteMode(deps, toWriteRequest(request), { ...body, etag: ifMatch });
      return answer(await getWriteMode(deps));
    }),
    endpoint(getTenantWriteModeRoute, async ({ params: { tenantId }, actor }) =>
      answer(await getTenantWriteMode(deps, actor, tenantId)),
    ),
    endpoint(setTenantWriteModeRoute, async ({ params: { tenantId }, body, ifMatch, ...request }) => {
      await setTenantWriteMode(deps, toWriteRequest(request), tenantId, { ...body, etag: ifMatch });
      return answer(await getTenantWriteMode(deps, request.actor, tenantId));
    }),
  ];
}

function answer<Mode, Stored extends StoredMode<Mode>>({ etag, changedAt, changedBy, ...rest }: Stored) {
  const changed = { ...(changedAt ? { changedAt } : {}), ...(changedBy ? { changedBy } : {}) };
  return { status: 200 as const, body: { ...rest, ...changed }, etag };
}
