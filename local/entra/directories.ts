import type { PolicyCode } from "./error-codes";
import {
  defaultPolicies,
  type AccountSeed,
  type AppSeed,
  type DirectoryPolicies,
  type DirectorySeed,
  type DomainSeed,
  type EntraSeed,
} from "./seed";

export interface Account extends AccountSeed {
  /** Refusal by a policy, given to every user token request of this account. */
  refuse?: PolicyCode | undefined;
  /** Raised by "revoke sessions": grants of an earlier epoch are dead. */
  epoch: number;
}

/** An app let into a directory: its service principal and what was granted. */
export interface ServicePrincipal {
  appId: string;
  /** Granted by an administrator for everybody; application permissions too. */
  forEveryone: Set<string>;
  /** Granted by single users, by object id. */
  byAccount: Map<string, Set<string>>;
}

export interface Directory {
  tenantId: string;
  displayName: string;
  domains: DomainSeed[];
  accounts: Account[];
  apps: AppSeed[];
  servicePrincipals: Map<string, ServicePrincipal>;
  partnerTenants: string[] | undefined;
  policies: DirectoryPolicies;
}

export interface Registration {
  app: AppSeed;
  home: Directory;
}

export interface AccountPlace {
  account: Account;
  directory: Directory;
}

/** All directories of one Entra, with the look-ups every endpoint needs. GUIDs and names compare without case. */
export interface Directories {
  list(): Directory[];
  /** By tenant id or verified domain. */
  find(tenant: string): Directory | undefined;
  registrations(): Registration[];
  registration(appId: string): Registration | undefined;
  /** By object id or sign-in name, in all directories. */
  account(name: string): AccountPlace | undefined;
}

/** Builds fresh, changeable state from a seed, which stays untouched. */
export function createDirectories(seed: EntraSeed): Directories {
  const directories = structuredClone(seed.directories).map(build);
  const registrations = (): Registration[] =>
    directories.flatMap((home) => home.apps.map((app): Registration => ({ app, home })));
  return {
    list: () => directories,
    find: (tenant) =>
      directories.find(
        ({ tenantId, domains }) =>
          same(tenantId, tenant) || domains.some(({ name, verified }) => verified && same(name, tenant)),
      ),
    registrations,
    registration: (appId) => registrations().find(({ app }) => same(app.appId, appId)),
    account: (name) =>
      directories
        .flatMap((directory) => directory.accounts.map((account) => ({ account, directory })))
        .find(({ account }) => same(account.oid, name) || same(account.upn, name)),
  };
}

function build(seed: DirectorySeed): Directory {
  const servicePrincipals = new Map<string, ServicePrincipal>();
  for (const { appId } of seed.apps) servicePrincipals.set(appId.toLowerCase(), newServicePrincipal(appId));
  for (const { appId } of seed.consents) servicePrincipals.set(appId.toLowerCase(), newServicePrincipal(appId));
  return {
    tenantId: seed.tenantId.toLowerCase(),
    displayName: seed.displayName,
    domains: seed.domains,
    accounts: seed.accounts.map((account) => ({ ...account, epoch: 0 })),
    apps: seed.apps,
    servicePrincipals,
    partnerTenants: seed.partnerTenants,
    policies: { ...defaultPolicies, ...seed.policies },
  };
}

export function newServicePrincipal(appId: string): ServicePrincipal {
  return { appId, forEveryone: new Set(), byAccount: new Map() };
}

/** Equal but for case: tenant ids, domains, app ids and sign-in names. */
export function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Whether the path segment names no directory of its own. */
export function isSharedTenant(tenant: string): boolean {
  return ["common", "organizations"].includes(tenant.toLowerCase());
}
