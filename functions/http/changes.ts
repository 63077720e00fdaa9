import { z } from "zod";
import {
  cancelChangeRoute,
  getChangeRoute,
  listAllChangesRoute,
  listChangesRoute,
  lookAgainRoute,
  resolveChangeRoute,
  retryChangeRoute,
} from "../../shared/api/changes";
import { isFinal, type Change } from "../../shared/domain/changes/change";
import type { ChangeList } from "../../shared/domain/changes/change-list";
import { listChangesOfAll } from "../../shared/domain/changes/list-all-changes";
import type { LedgerSettings } from "../../shared/domain/changes/ledger-settings";
import { cancelChange, lookAgain, resolveChange, retryChange } from "../../shared/domain/changes/operate-change";
import { findChange, listChanges, waitForChanges } from "../../shared/domain/changes/read-changes";
import type { DecideDeps } from "../../shared/domain/decisions/decide";
import { unlessNewer } from "../../shared/domain/decisions/newer-version";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import type { Actor } from "../../shared/domain/access/actor";
import { changeView } from "./change-view";
import { toWriteRequest } from "./write-request";

export interface ChangeEndpointDeps extends DecideDeps {
  cursors: () => Promise<Cursors>;
  settings: LedgerSettings;
  changeList: ChangeList;
}

const RETRY_AFTER_SECONDS = 2;

export function changeEndpoints(deps: ChangeEndpointDeps): Endpoint[] {
  return [listAll(deps), list(deps), get(deps), resolve(deps), look(deps), cancel(deps), retry(deps)];
}

const listAll = (deps: ChangeEndpointDeps): Endpoint =>
  endpoint(listAllChangesRoute, async ({ query, actor, url }) => {
    const cursors = await deps.cursors();
    const after = cursors.open(query.cursor, z.string(), { actor, url });
    const { $top: limit, cursor: _cursor, ...filters } = query;
    const page = await listChangesOfAll(deps, actor, { ...filters, after, limit });
    const value = page.value.map(({ line, tenantName }) => ({ ...line, tenantName, isFinal: isFinal(line.state) }));
    return { status: 200, body: cursors.page(value, page.next, { actor, url }, page.notShown) };
  });

const list = (deps: ChangeEndpointDeps): Endpoint =>
  endpoint(listChangesRoute, async ({ params, query, actor, url }) => {
    const cursors = await deps.cursors();
    const after = cursors.open(query.cursor, z.string(), { actor, url });
    const { $top: limit, cursor: _cursor, ...filters } = query;
    const page = await listChanges(deps.store, actor, params.tenantId, { ...filters, after, limit });
    const value = page.value.map((change) => viewOf(deps, change));
    return { status: 200, body: cursors.page(value, page.next, { actor, url }, page.notShown) };
  });

const get = (deps: ChangeEndpointDeps): Endpoint =>
  endpoint(getChangeRoute, async ({ params, actor }) => {
    const change = await findChange(deps.store, actor, params.tenantId, params.changeId);
    const open = isFinal(change.state) ? {} : { retryAfterSeconds: RETRY_AFTER_SECONDS };
    return { status: 200, body: viewOf(deps, change), ...open };
  });

const resolve = (deps: ChangeEndpointDeps): Endpoint =>
  endpoint(resolveChangeRoute, async ({ params, body, waitSeconds, ...request }) => {
    const resolved = await resolveChange(deps, toWriteRequest(request), { ...params, ...body });
    return accepted(deps, request.actor, resolved, waitSeconds);
  });

const look = (deps: ChangeEndpointDeps): Endpoint =>
  endpoint(lookAgainRoute, async ({ params, body, waitSeconds, ...request }) => {
    const looking = await lookAgain(deps, toWriteRequest(request), { ...params, ...body });
    return accepted(deps, request.actor, looking, waitSeconds);
  });

const cancel = (deps: ChangeEndpointDeps): Endpoint =>
  endpoint(cancelChangeRoute, async ({ params, body, ...request }) => {
    const cancelled = await cancelChange(deps, toWriteRequest(request), { ...params, ...body });
    return { status: 200, body: viewOf(deps, cancelled) };
  });

const retry = (deps: ChangeEndpointDeps): Endpoint =>
  endpoint(retryChangeRoute, async ({ params, body, waitSeconds, ...request }) => {
    const retried = await retryChange(deps, toWriteRequest(request), { ...params, ...body });
    return accepted(deps, request.actor, retried, waitSeconds);
  });

function viewOf(deps: ChangeEndpointDeps, change: Change): ReturnType<typeof changeView> {
  return changeView(change, deps.clock(), deps.settings);
}

/** The answer to what goes on in the background, after the time the caller is ready to wait for its end. */
async function accepted(deps: ChangeEndpointDeps, actor: Actor, decided: Change, waitSeconds: number) {
  const { id, tenantId } = decided;
  await waitForChanges(deps.store, tenantId, [id], waitSeconds);
  // What was decided is answered, also where a newer version has taken it up already.
  const change = (await unlessNewer(findChange(deps.store, actor, tenantId, id))) ?? decided;
  return {
    status: 202 as const,
    body: viewOf(deps, change),
    operationLocation: `/api/v1/csp/tenants/${tenantId}/changes/${id}`,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  };
}
