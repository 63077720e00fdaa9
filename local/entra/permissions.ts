import {
  newServicePrincipal,
  same,
  type Account,
  type Directories,
  type Directory,
  type Registration,
} from "./directories";
import { findResource, graphId, type Resource } from "./resources";
import type { ScopeRequest } from "./scopes";
import type { EntraSeed } from "./seed";

/** Graph permissions a user may consent to without an administrator. */
const lowImpact = ["User.Read", "openid", "profile", "email", "offline_access"];

/** Roles whose holders may consent for the whole directory. */
const consentingRoles = ["GlobalAdministrator", "PrivilegedRoleAdministrator"];

export function isConsentAdministrator(account: Account): boolean {
  return account.roles.some((role) => consentingRoles.some((name) => same(name, role)));
}

/** Records the consents of the seed; all directories must exist, since permissions name apps of others. */
export function grantSeededConsents(seed: EntraSeed, directories: Directories): void {
  for (const { tenantId, consents } of seed.directories) {
    const directory = directories.find(tenantId);
    if (!directory) continue;
    for (const { appId, permissions } of consents) grantForEveryone(directory, appId, permissions, directories);
  }
}

/** What an administrator's consent does: the service principal exists, and the permissions hold for everybody. */
export function grantForEveryone(
  directory: Directory,
  appId: string,
  permissions: string[],
  directories: Directories,
): void {
  const principal = principalOf(directory, appId);
  for (const key of expand(permissions, directories.registration(appId), directories)) principal.forEveryone.add(key);
}

export function grantToAccount(
  directory: Directory,
  appId: string,
  oid: string,
  resource: Resource,
  names: string[],
): void {
  const principal = principalOf(directory, appId);
  const granted = principal.byAccount.get(oid) ?? new Set<string>();
  for (const name of names) granted.add(permissionKey(resource, name));
  principal.byAccount.set(oid, granted);
}

/** Names of the delegated permissions a request needs, with `.default` written out. */
export function neededScopes(request: ScopeRequest, registration: Registration, directories: Directories): string[] {
  const named = request.names.filter((name) => name !== ".default");
  if (!request.names.includes(".default")) return named;
  const listed = (registration.app.delegatedPermissions ?? [])
    .filter(({ resource }) => findResource(resource, directories)?.id === request.resource.id)
    .flatMap(({ scopes }) => scopes);
  return [...new Set([...named, ...(listed.length > 0 ? listed : request.resource.defaultScopes)])];
}

/** The part of `names` that nobody has granted yet. An app needs no consent to its own API. */
export function missingScopes(
  directory: Directory,
  registration: Registration,
  oid: string,
  resource: Resource,
  names: string[],
): string[] {
  if (resource.registration?.app === registration.app) return [];
  const principal = directory.servicePrincipals.get(registration.app.appId.toLowerCase());
  return names.filter((name) => {
    const key = permissionKey(resource, name);
    return principal?.forEveryone.has(key) !== true && principal?.byAccount.get(oid)?.has(key) !== true;
  });
}

/** Application permissions granted in this directory: the `roles` of an app-only token. */
export function grantedAppRoles(
  directory: Directory,
  registration: Registration,
  resource: Resource,
  directories: Directories,
): string[] {
  const principal = directory.servicePrincipals.get(registration.app.appId.toLowerCase());
  return (registration.app.applicationPermissions ?? [])
    .filter((permission) => findResource(permission.resource, directories)?.id === resource.id)
    .flatMap(({ roles }) => roles)
    .filter((role) => principal?.forEveryone.has(permissionKey(resource, role)));
}

/** Whether only an administrator can grant this delegated permission here. */
export function needsAdministrator(directory: Directory, resource: Resource, name: string): boolean {
  const { userConsent } = directory.policies;
  if (userConsent !== "lowImpact") return userConsent === "none";
  return resource.registration === undefined && !(resource.id === graphId && lowImpact.includes(name));
}

function principalOf(directory: Directory, appId: string) {
  const key = appId.toLowerCase();
  const principal = directory.servicePrincipals.get(key) ?? newServicePrincipal(appId);
  directory.servicePrincipals.set(key, principal);
  return principal;
}

function permissionKey(resource: Resource, name: string): string {
  return `${resource.consentedWith ?? resource.id}/${name}`;
}

/** Writes out `.default`, and names every resource the canonical way. Unknown resources are kept as they are. */
function expand(permissions: string[], registration: Registration | undefined, directories: Directories): string[] {
  return permissions.flatMap((permission) => {
    if (permission === ".default") return listedPermissions(registration, undefined, directories);
    const slash = permission.lastIndexOf("/");
    const resource = findResource(slash === -1 ? graphId : permission.slice(0, slash), directories);
    const name = permission.slice(slash + 1);
    if (!resource) return [permission];
    return name === ".default"
      ? listedPermissions(registration, resource, directories)
      : [permissionKey(resource, name)];
  });
}

function listedPermissions(
  registration: Registration | undefined,
  only: Resource | undefined,
  directories: Directories,
): string[] {
  const { delegatedPermissions = [], applicationPermissions = [] } = registration?.app ?? {};
  const listed = [
    ...delegatedPermissions.map(({ resource, scopes }) => ({ resource, names: scopes })),
    ...applicationPermissions.map(({ resource, roles }) => ({ resource, names: roles })),
  ];
  return listed.flatMap(({ resource: name, names }) => {
    const resource = findResource(name, directories);
    if (!resource || (only && resource.id !== only.id)) return [];
    return names.map((permission) => permissionKey(resource, permission));
  });
}
