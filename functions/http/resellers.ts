import { z } from "zod";
import {
  addResellerRoute,
  authorizeResellerRoute,
  changeResellerRoute,
  checkResellerRoute,
  deleteResellerRoute,
  getResellerRoute,
  listCspCustomersRoute,
  listResellersRoute,
  type ResellerView,
} from "../../shared/api/resellers";
import { publicEtag } from "../../shared/domain/decisions/public-etag";
import { addReseller, type AddResellerDeps } from "../../shared/domain/resellers/add-reseller";
import { startResellerAuthorization, type AuthorizeDeps } from "../../shared/domain/resellers/authorize-reseller";
import { changeReseller, type ChangeResellerDeps } from "../../shared/domain/resellers/change-reseller";
import { checkReseller, type CheckDeps } from "../../shared/domain/resellers/check-reseller";
import { deleteReseller } from "../../shared/domain/resellers/delete-reseller";
import { findAuthorizedReseller, findReseller, listResellers } from "../../shared/domain/resellers/find-reseller";
import { allowedActions, identityOf, type Reseller } from "../../shared/domain/resellers/reseller";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import { authorizationCookie } from "./callbacks";
import { customersInScope } from "./scope";
import { checkReturnTo, toWriteRequest } from "./write-request";

export interface ResellerEndpointDeps extends AddResellerDeps, AuthorizeDeps, ChangeResellerDeps, CheckDeps {
  cursors: () => Promise<Cursors>;
  returnToOrigins: readonly string[];
}

export function resellerEndpoints(deps: ResellerEndpointDeps): Endpoint[] {
  return [
    ...[list(deps), add(deps), get(deps), change(deps), remove(deps)],
    ...[authorize(deps), check(deps), listCustomersOf(deps)],
  ];
}

const list = (deps: ResellerEndpointDeps): Endpoint =>
  endpoint(listResellersRoute, async ({ query, actor, url }) => {
    const cursors = await deps.cursors();
    const after = cursors.open(query.cursor, z.string(), { actor, url });
    const { search, status, $top: limit } = query;
    const page = await listResellers(deps.store, { search, status, after, limit });
    return {
      status: 200,
      body: cursors.page(
        page.value.map(({ value }) => toView(value)),
        page.next,
        { actor, url },
        page.notShown,
      ),
    };
  });

const add = (deps: ResellerEndpointDeps): Endpoint =>
  endpoint(addResellerRoute, async ({ body, ...request }) => {
    const { value, etag } = await addReseller(deps, toWriteRequest(request), body);
    return { status: 201, body: toView(value), etag: publicEtag(etag), location: `/api/v1/csp/resellers/${value.id}` };
  });

const get = (deps: ResellerEndpointDeps): Endpoint =>
  endpoint(getResellerRoute, async ({ params }) => {
    const { value, etag } = await findReseller(deps.store, params.resellerId);
    return { status: 200, body: toView(value), etag: publicEtag(etag) };
  });

const change = (deps: ResellerEndpointDeps): Endpoint =>
  endpoint(changeResellerRoute, async ({ params, body, ifMatch, ...request }) => {
    const changed = await changeReseller(deps, toWriteRequest(request), params.resellerId, body, ifMatch);
    return { status: 200, body: toView(changed.value), etag: publicEtag(changed.etag) };
  });

const remove = (deps: ResellerEndpointDeps): Endpoint =>
  endpoint(deleteResellerRoute, async ({ params, ifMatch, ...request }) => {
    await deleteReseller(deps, toWriteRequest(request), params.resellerId, ifMatch);
    return { status: 204 };
  });

const check = (deps: ResellerEndpointDeps): Endpoint =>
  endpoint(checkResellerRoute, async ({ params, ...request }) => {
    const findings = await checkReseller(deps, toWriteRequest(request), params.resellerId);
    return { status: 200, body: { findings } };
  });

const authorize = (deps: ResellerEndpointDeps): Endpoint =>
  endpoint(authorizeResellerRoute, async ({ params, body, ...request }) => {
    const returnTo = checkReturnTo(body.returnTo, deps.returnToOrigins);
    const started = await startResellerAuthorization(deps, toWriteRequest(request), {
      resellerId: params.resellerId,
      returnTo,
      reauthorize: body.reauthorize,
    });
    return {
      status: 200,
      body: { authorizeUrl: started.authorizeUrl, expiresAt: started.expiresAt.toISOString() },
      cookies: [authorizationCookie(started, deps.redirectUri)],
    };
  });

const listCustomersOf = (deps: ResellerEndpointDeps): Endpoint =>
  endpoint(listCspCustomersRoute, async ({ params, query, actor, url }) => {
    const cursors = await deps.cursors();
    const after = cursors.open(query.cursor, z.string(), { actor, url });
    const reseller = await findAuthorizedReseller(deps.store, params.resellerId);
    const page = await deps.profile.listCustomers(identityOf(reseller), {
      size: query.$top,
      ...(query.search ? { search: query.search } : {}),
      ...(after ? { after } : {}),
    });
    const customers = await customersInScope(deps.store, actor, page.value);
    const value = customers.map((customer) => ({
      ...customer,
      suggested: (customer.id as string) === query.tenantId,
    }));
    return { status: 200, body: cursors.page(value, page.next, { actor, url }) };
  });

function toView(reseller: Reseller): z.input<typeof ResellerView> {
  const { id, displayName, domain, directoryId, applicationId, state, secretSetAt, modifiedAt } = reseller;
  return {
    ...{ id, displayName, domain, directoryId, applicationId, state, secretSetAt, modifiedAt },
    hasSecret: true,
    secretVerified: reseller.secretVerifiedAt !== undefined,
    ...(reseller.secretExpiresAt ? { secretExpiresAt: reseller.secretExpiresAt } : {}),
    ...(reseller.grant ? { authorizedBy: reseller.grant.authorizedBy, authorizedAt: reseller.grant.authorizedAt } : {}),
    allowedActions: allowedActions(reseller),
  };
}
