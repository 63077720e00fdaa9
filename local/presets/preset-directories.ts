import type { AccountSeed, AppSeed, DirectorySeed, EntraSeed } from "../entra/seed";
import type { GraphSeed } from "../graph/seed";
import { apiApp, DEMO_PASSWORD, NORTHGATE_SECRET_DAYS, resellerApps, robotApp, tenantApp } from "./demo-apps";
import type { PresetCustomer } from "./preset-customers";
import { accountId, mspTenant, resellerTenants, type DemoTenant } from "./tenants";

const DAY_MS = 86_400_000;
const GRAPH = "https://graph.microsoft.com";
const PARTNER_CENTER = "https://api.partnercenter.microsoft.com";

/** The MSP's people, by role; a customer's administrator and a tenant user come with each customer directory. */
const STAFF = ["Admin", "Operator", "Approver", "Reader"] as const;

/** The MSP, its resellers and their customers. `publicUrl` is where the app under development is reached. */
export function presetDirectories(publicUrl: string, now: Date, customers: readonly PresetCustomer[]): EntraSeed {
  return {
    directories: [
      mspDirectory(publicUrl, now),
      resellerDirectory("nordlicht", publicUrl, new Date(now.getTime() + 400 * DAY_MS)),
      resellerDirectory("northgate", publicUrl, new Date(now.getTime() + NORTHGATE_SECRET_DAYS * DAY_MS)),
      ...customers.map(customerDirectory),
    ],
  };
}

function mspDirectory(publicUrl: string, now: Date): DirectorySeed {
  const inTwoYears = new Date(now.getTime() + 730 * DAY_MS).toISOString();
  const api: AppSeed = {
    ...apiApp,
    // People of customers' directories sign in to it too.
    multiTenant: true,
    redirectUris: [`${publicUrl}/signed-in`],
    secrets: [],
    appRoles: [...STAFF, "TenantUser", "ApiApp"],
    scopes: ["access_as_user"],
    publicClient: true,
  };
  const { secret, ...app } = tenantApp;
  const tenants: AppSeed = {
    ...app,
    multiTenant: true,
    redirectUris: [`${publicUrl}/app/TenantConsentCallback`],
    secrets: [{ value: secret, expiresAt: inTwoYears }],
    applicationPermissions: [{ resource: GRAPH, roles: ["Organization.Read.All", "LicenseAssignment.Read.All"] }],
  };
  const { secret: robotSecret, ...robot } = robotApp;
  const robots: AppSeed = {
    ...robot,
    multiTenant: false,
    redirectUris: [],
    secrets: [{ value: robotSecret, expiresAt: inTwoYears }],
    applicationPermissions: [{ resource: `api://${apiApp.appId}`, roles: ["ApiApp"] }],
  };
  return {
    ...directory(mspTenant),
    accounts: STAFF.map((role) =>
      account(mspTenant, role.toLowerCase(), { roles: [], appRoles: { [apiApp.appId]: [role] } }),
    ),
    apps: [api, tenants, robots],
    consents: [
      { appId: apiApp.appId, permissions: [`api://${apiApp.appId}/access_as_user`] },
      { appId: robotApp.appId, permissions: [".default"] },
      // The MSP's own directory too: its domains are suggested when a reseller is added.
      { appId: tenantApp.appId, permissions: [".default"] },
    ],
  };
}

function resellerDirectory(key: keyof typeof resellerApps, publicUrl: string, secretExpiresAt: Date): DirectorySeed {
  const tenant = resellerTenants[key];
  const { appId, secret } = resellerApps[key];
  return {
    ...directory(tenant),
    accounts: [
      account(tenant, "admin", { roles: ["GlobalAdministrator"], groups: ["AdminAgents"] }),
      // Signs in well, and then Partner Center refuses it: no Admin agent.
      account(tenant, "globaladmin", { roles: ["GlobalAdministrator"] }),
      account(tenant, "nomfa", { roles: ["GlobalAdministrator"], groups: ["AdminAgents"], mfa: false }),
      account(tenant, "helpdesk", { roles: [], groups: ["HelpdeskAgents"] }),
    ],
    apps: [
      {
        appId,
        displayName: `${tenant.name} CSP integration`,
        multiTenant: false,
        redirectUris: [`${publicUrl}/app/MicrosoftCspAuthenticationCallback`],
        secrets: [{ value: secret, expiresAt: secretExpiresAt.toISOString() }],
        delegatedPermissions: [{ resource: PARTNER_CENTER, scopes: ["user_impersonation"] }],
      },
    ],
    consents: [],
  };
}

function customerDirectory({ tenant, consented }: PresetCustomer): DirectorySeed {
  return {
    ...directory(tenant),
    accounts: [
      account(tenant, "admin", { roles: ["GlobalAdministrator"] }),
      account(tenant, "user", { roles: [], appRoles: { [apiApp.appId]: ["TenantUser"] } }),
    ],
    apps: [],
    consents: [
      { appId: apiApp.appId, permissions: [`api://${apiApp.appId}/access_as_user`] },
      ...(consented ? [{ appId: tenantApp.appId, permissions: [".default"] }] : []),
    ],
  };
}

function directory(tenant: DemoTenant): Pick<DirectorySeed, "tenantId" | "displayName" | "domains"> {
  const domains = [{ name: tenant.domain, verified: true, initial: true, default: true }];
  return { tenantId: tenant.tenantId, displayName: tenant.name, domains };
}

function account(
  tenant: DemoTenant,
  name: string,
  more: Pick<AccountSeed, "roles"> & Partial<AccountSeed>,
): AccountSeed {
  return {
    oid: accountId(tenant, name),
    upn: `${name}@${tenant.domain}`,
    displayName: `${name} (${tenant.name})`,
    password: DEMO_PASSWORD,
    groups: [],
    mfa: true,
    ...more,
  };
}

/** The same directories as Graph shows them, with the same people. */
export function presetGraph({ directories }: EntraSeed, customers: readonly PresetCustomer[]): GraphSeed {
  const tenants = [mspTenant, ...Object.values(resellerTenants), ...customers.map(({ tenant }) => tenant)];
  const countries = new Map(tenants.map(({ tenantId, country }) => [tenantId, country]));
  return {
    tenants: directories.map(({ tenantId, displayName, domains, accounts }) => ({
      ...{ tenantId, displayName, domains, subscribedSkus: [], groups: [] },
      countryLetterCode: countries.get(tenantId) ?? "DE",
      users: accounts.map(({ oid, displayName, upn }) => ({ id: oid, displayName, userPrincipalName: upn })),
    })),
  };
}
