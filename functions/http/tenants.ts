import { z } from "zod";
import {
  addTenantRoute,
  connectTenantRoute,
  getTenantConsentRoute,
  getTenantRoute,
  listTenantsRoute,
  registerTenantRoute,
  startTenantConsentRoute,
  type TenantView,
} from "../../shared/api/tenants";
import { connectTenant, type ConnectDeps } from "../../shared/domain/connections/connect-tenant";
import { publicEtag } from "../../shared/domain/decisions/public-etag";
import {
  authorizedResellers,
  connectionState,
  type IsAuthorized,
} from "../../shared/domain/resellers/connection-health";
import { connectionOf, findTenant } from "../../shared/domain/tenants/find-tenant";
import { addTenant, registerTenant, type RegisterTenantDeps } from "../../shared/domain/tenants/register-tenant";
import { startTenantConsent, type ConsentDeps } from "../../shared/domain/tenants/tenant-consent";
import { listTenants, type TenantList } from "../../shared/domain/tenants/tenant-list";
import type { Tenant } from "../../shared/domain/tenants/tenant";
import { AppError } from "../../shared/errors";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import { authorizationCookie } from "./callbacks";
import { checkReturnTo, toWriteRequest } from "./write-request";

export interface TenantEndpointDeps extends RegisterTenantDeps, ConsentDeps, ConnectDeps {
  cursors: () => Promise<Cursors>;
  tenants: TenantList;
  returnToOrigins: readonly string[];
}

export function tenantEndpoints(deps: TenantEndpointDeps): Endpoint[] {
  return [list(deps), register(deps), get(deps), consent(deps), startConsent(deps), add(deps), connect(deps)];
}

const list = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(listTenantsRoute, async ({ query, actor, url }) => {
    const cursors = await deps.cursors();
    const after = cursors.open(query.cursor, z.string(), { actor, url });
    const { search, customerId, state, $top: limit } = query;
    const isAuthorized = await authorizedResellers(deps.store);
    const ask = { search, customerId, state, inModule: true, after, limit };
    const page = await listTenants(deps.tenants, actor, ask, isAuthorized);
    const value = page.value.map((tenant) => toView(tenant, isAuthorized));
    return { status: 200, body: cursors.page(value, page.next, { actor, url }) };
  });

const register = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(registerTenantRoute, async ({ params, body, ...request }) => {
    const { value, etag } = await registerTenant(deps, toWriteRequest(request), params.customerId, {
      domainOrTenantId: named(body),
      displayName: body.displayName,
    });
    return {
      status: 201,
      body: toView(value, await authorizedResellers(deps.store)),
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
    const { value, etag } = await findTenant(deps.store, actor, params.tenantId);
    return { status: 200, body: toView(value, await authorizedResellers(deps.store)), etag: publicEtag(etag) };
  });

const consent = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(getTenantConsentRoute, async ({ params, actor }) => {
    const { value } = await findTenant(deps.store, actor, params.tenantId);
    return { status: 200, body: consentView(value) };
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
      body: toView(value, await authorizedResellers(deps.store)),
      etag: publicEtag(etag),
      location: `/api/v1/csp/tenants/${value.tenantId}`,
    };
  });

const connect = (deps: TenantEndpointDeps): Endpoint =>
  endpoint(connectTenantRoute, async ({ params, body, ...request }) => {
    const { value, etag } = await connectTenant(deps, toWriteRequest(request), { tenantId: params.tenantId, ...body });
    return { status: 201, body: connectionOf(value), etag: publicEtag(etag) };
  });

function toView(tenant: Tenant, isAuthorized: IsAuthorized): z.input<typeof TenantView> {
  const { tenantId, customerId, displayName, domain, inModule, connection } = tenant;
  return {
    ...{ tenantId, customerId, displayName, domain, inModule },
    consent: consentView(tenant),
    connectionState: connectionState(connection, isAuthorized),
    ...(connection ? { connection } : {}),
  };
}

function consentView({ consent: { at, ...consented } }: Tenant): z.input<typeof TenantView>["consent"] {
  return { ...consented, ...(at ? { at } : {}) };
}
