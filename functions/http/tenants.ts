import { z } from "zod";
import { getTenantConsentRoute, startTenantConsentRoute } from "../../shared/api/tenant-consent";
import {
  addTenantRoute,
  getTenantRoute,
  listCustomerTenantsRoute,
  listTenantsRoute,
  registerTenantRoute,
  updateTenantRoute,
} from "../../shared/api/tenants";
import { publicEtag } from "../../shared/domain/decisions/public-etag";
import { findTenant } from "../../shared/domain/tenants/find-tenant";
import { addTenant, registerTenant, type RegisterTenantDeps } from "../../shared/domain/tenants/register-tenant";
import { readTenant } from "../../shared/domain/tenants/read-tenant";
import { startTenantConsent, type ConsentDeps } from "../../shared/domain/tenants/tenant-consent";
import { listCustomerTenants, listTenants, type TenantList } from "../../shared/domain/tenants/tenant-list";
import { standTenant } from "../../shared/domain/tenants/tenant-standing";
import { updateTenant } from "../../shared/domain/tenants/update-tenant";
import { AppError } from "../../shared/errors";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import { authorizationCookie } from "./callbacks";
import { toConsentView, toDetailsView, toTenantView } from "./tenant-views";
import { checkReturnTo, toWriteRequest } from "./write-request";

export interface TenantEndpointDeps extends RegisterTenantDeps, ConsentDeps {
  cursors: () => Promise<Cursors>;
  tenants: TenantList;
  returnToOrigins: readonly string[];
}

export function tenantEndpoints(deps: TenantEndpointDeps): Endpoint[] {
  return [
    ...[list(deps), listOfCustomer(deps), register(deps), get(deps), update(deps)],
    ...[consent(deps), startConsent(deps), add(deps)],
  ];
}

const list = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(listTenantsRoute, async ({ query, actor, url }) => {
    const cursors = await deps.cursors();
    const after = cursors.open(query.cursor, z.string(), { actor, url });
    const { search, customerId, state, $top: limit } = query;
    const page = await listTenants(deps, actor, { search, customerId, state, inModule: true, after, limit });
    return { status: 200, body: cursors.page(page.value.map(toTenantView), page.next, { actor, url }, page.notShown) };
  });

const listOfCustomer = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(listCustomerTenantsRoute, async ({ params, query, actor, url }) => {
    const cursors = await deps.cursors();
    const after = cursors.open(query.cursor, z.string(), { actor, url });
    const ask = { available: query.available === "true", after, limit: query.$top };
    const page = await listCustomerTenants(deps, actor, params.customerId, ask);
    return { status: 200, body: cursors.page(page.value.map(toTenantView), page.next, { actor, url }, page.notShown) };
  });

const register = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(registerTenantRoute, async ({ params, body, ...request }) => {
    const { value, etag } = await registerTenant(deps, toWriteRequest(request), params.customerId, {
      domainOrTenantId: named(body),
      displayName: body.displayName,
    });
    return {
      status: 201,
      body: toTenantView(await standTenant(deps.store, request.actor, value)),
      etag: publicEtag(etag),
      location: `/api/v1/csp/tenants/${value.tenantId}`,
    };
  });

/** Exactly one of the two ways to name a directory. */
function named(body: { domain?: string | undefined; tenantId?: string | undefined }): string {
  const given = body.domain ?? body.tenantId;
  if (given !== undefined && (body.domain === undefined || body.tenantId === undefined)) return given;
  const message = "give either domain or tenantId";
  throw new AppError("invalid", "validation", "The request is not valid.", {
    errors: [{ pointer: "/body/domain", message }],
  });
}

const get = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(getTenantRoute, async ({ params, actor }) => {
    const details = await readTenant(deps.store, actor, params.tenantId);
    return { status: 200, body: toDetailsView(details), etag: publicEtag(details.found.etag) };
  });

const update = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(updateTenantRoute, async ({ params, body, ifMatch, ...request }) => {
    const { value, etag } = await updateTenant(deps, toWriteRequest(request), params.tenantId, body, ifMatch);
    return {
      status: 200,
      body: toTenantView(await standTenant(deps.store, request.actor, value)),
      etag: publicEtag(etag),
    };
  });

const consent = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(getTenantConsentRoute, async ({ params, actor }) => {
    const { value } = await findTenant(deps.store, actor, params.tenantId);
    return { status: 200, body: toConsentView(value) };
  });

const startConsent = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(startTenantConsentRoute, async ({ params, body, ...request }) => {
    const returnTo = checkReturnTo(body.returnTo, deps.returnToOrigins);
    const started = await startTenantConsent(deps, toWriteRequest(request), { tenantId: params.tenantId, returnTo });
    return {
      status: 200,
      body: { consentUrl: started.consentUrl, expiresAt: started.expiresAt.toISOString() },
      cookies: [authorizationCookie(started, deps.consentRedirectUri)],
    };
  });

const add = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(addTenantRoute, async ({ body, ...request }) => {
    const { value, etag } = await addTenant(deps, toWriteRequest(request), body.tenantId);
    return {
      status: 201,
      body: toTenantView(await standTenant(deps.store, request.actor, value)),
      etag: publicEtag(etag),
      location: `/api/v1/csp/tenants/${value.tenantId}`,
    };
  });
