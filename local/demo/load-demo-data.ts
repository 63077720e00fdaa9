import { addResellerRoute, authorizeResellerRoute } from "../../shared/api/resellers";
import { createCustomerRoute } from "../../shared/api/customers";
import { connectTenantRoute } from "../../shared/api/connections";
import { startTenantConsentRoute } from "../../shared/api/tenant-consent";
import { addTenantRoute, listTenantsRoute, registerTenantRoute } from "../../shared/api/tenants";
import { createApiClient, type ApiClient } from "../../shared/api/client";
import { NORTHGATE_SECRET_DAYS, resellerApps } from "../presets/demo-apps";
import { customerTenants, mspTenant, resellerTenants, type DemoTenant } from "../presets/tenants";
import { accessTokenOf } from "./access-token";
import { signInAt } from "./entra-browser";
import { grantDemoAccess } from "./grant-demo-access";

const DAY_MS = 86_400_000;

/** Customers that are connected when the demo begins; the others are left for whoever tries it. */
const CONNECTED = ["mueller", "baeckerei", "kanzlei", "klinik", "spedition"] as const;

/** Lists across tenants follow a moment later; longer than this means that the background work stands still. */
const LIST_LIMIT_MS = 20_000;

export interface DemoTarget {
  apiUrl: string;
  entraUrl: string;
  now: Date;
  /** How Entra is reached; absent: `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/**
 * Fills an empty installation through its own API, so that demo data has audit entries and read models like any other:
 * two resellers, one of them authorised, twelve customers, five of their tenants connected, and grants for the MSP's people. Resolves when all of it is listed.
 */
export async function loadDemoData(target: DemoTarget): Promise<void> {
  const token = await accessTokenOf(target.entraUrl, `admin@${mspTenant.domain}`, target.fetch);
  const api = createApiClient({ baseUrl: target.apiUrl, token: () => Promise.resolve(token) });
  const nordlicht = await addDemoReseller(api, "nordlicht");
  await addDemoReseller(api, "northgate", new Date(target.now.getTime() + NORTHGATE_SECRET_DAYS * DAY_MS));
  await authorizeDemoReseller(api, target, nordlicht, resellerTenants.nordlicht);
  const customerIds = new Map<string, string>();
  for (const [key, tenant] of Object.entries(customerTenants)) {
    const customer = await api.call(createCustomerRoute, { body: { name: tenant.name } });
    customerIds.set(key, customer.body.id);
    if (isConnected(key))
      await connectDemoTenant(api, target, { customerId: customer.body.id, resellerId: nordlicht, tenant });
  }
  await grantDemoAccess(api, customerIds);
  await untilListed(api, CONNECTED.length);
}

async function untilListed(api: ApiClient, count: number): Promise<void> {
  const deadline = Date.now() + LIST_LIMIT_MS;
  for (;;) {
    const { body } = await api.call(listTenantsRoute);
    if (body.value.filter(({ connection }) => connection !== undefined).length >= count) return;
    if (Date.now() > deadline) throw new Error(`The list of tenants does not become complete: ${body.value.length}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isConnected(key: string): boolean {
  return (CONNECTED as readonly string[]).includes(key);
}

/** Adds a reseller of the demo world, not authorised yet; returns its id. */
export async function addDemoReseller(
  api: ApiClient,
  key: keyof typeof resellerApps,
  secretExpiresAt?: Date,
): Promise<string> {
  const tenant = resellerTenants[key];
  const { body } = await api.call(addResellerRoute, {
    body: {
      displayName: tenant.name,
      domain: tenant.domain,
      applicationId: resellerApps[key].appId,
      applicationSecret: resellerApps[key].secret,
      ...(secretExpiresAt ? { secretExpiresAt: secretExpiresAt.toISOString() } : {}),
    },
  });
  return body.id;
}

/** The whole sign-in of a reseller's administrator. */
export async function authorizeDemoReseller(
  api: ApiClient,
  target: Pick<DemoTarget, "apiUrl" | "fetch">,
  resellerId: string,
  tenant: DemoTenant,
): Promise<void> {
  const started = await api.call(authorizeResellerRoute, { params: { resellerId }, body: { returnTo: target.apiUrl } });
  const landing = await signInAt(
    started.body.authorizeUrl,
    { account: `admin@${tenant.domain}` },
    cookieOf(started.headers),
    target.fetch,
  );
  expectStatus(landing.url, "authorized");
}

async function connectDemoTenant(
  api: ApiClient,
  target: DemoTarget,
  ask: { customerId: string; resellerId: string; tenant: DemoTenant },
): Promise<void> {
  const { tenantId, domain, name } = ask.tenant;
  await api.call(registerTenantRoute, { params: { customerId: ask.customerId }, body: { domain, displayName: name } });
  const started = await api.call(startTenantConsentRoute, { params: { tenantId }, body: { returnTo: target.apiUrl } });
  const who = { account: `admin@${domain}` };
  const landing = await signInAt(started.body.consentUrl, who, cookieOf(started.headers), target.fetch);
  expectStatus(landing.url, "consented");
  await api.call(addTenantRoute, { body: { tenantId } });
  await api.call(connectTenantRoute, {
    params: { tenantId },
    body: { resellerId: ask.resellerId, cspCustomerId: tenantId },
  });
}

/** The cookie of an answer, as a browser would send it back. */
export function cookieOf(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.slice(0, cookie.indexOf(";")))
    .join("; ");
}

function expectStatus(url: URL, status: string): void {
  if (url.searchParams.get("status") === status) return;
  throw new Error(`The sign-in ended at ${url.href} instead of "${status}".`);
}
