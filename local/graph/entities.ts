import { stableGuid } from "../entra/stable-guid";
import type { GraphGroup, GraphTenantSeed, GraphUser, SubscribedSku } from "./seed";

/** Objects as Graph returns them: every property is there, absent values are null. */
export type Entity = Record<string, unknown>;

export function organizationEntity(tenant: GraphTenantSeed): Entity {
  return {
    id: tenant.tenantId,
    displayName: tenant.displayName,
    countryLetterCode: tenant.countryLetterCode ?? null,
    tenantType: "AAD",
    verifiedDomains: tenant.domains
      .filter(({ verified }) => verified)
      .map(({ name, initial = false, default: isDefault = false }) => ({
        name,
        isDefault,
        isInitial: initial,
        type: "Managed",
        capabilities: "Email, OfficeCommunicationsOnline",
      })),
  };
}

export function domainEntities(tenant: GraphTenantSeed): Entity[] {
  return tenant.domains.map(({ name, verified, initial = false, default: isDefault = false }) => ({
    id: name,
    authenticationType: "Managed",
    isAdminManaged: true,
    isDefault,
    isInitial: initial,
    isRoot: true,
    isVerified: verified,
    supportedServices: verified ? ["Email", "OfficeCommunicationsOnline"] : [],
  }));
}

export function skuEntity(tenant: GraphTenantSeed, sku: SubscribedSku): Entity {
  const { tenantId, displayName } = tenant;
  return {
    id: `${tenantId}_${sku.skuId}`,
    accountId: tenantId,
    accountName: displayName,
    ...sku,
    servicePlans: sku.servicePlans ?? [],
    subscriptionIds: sku.subscriptionIds ?? [stableGuid(tenantId, sku.skuId)],
  };
}

/** What Graph returns of a user without `$select`. */
export const defaultUserProperties = [
  "businessPhones",
  "displayName",
  "givenName",
  "jobTitle",
  "mail",
  "mobilePhone",
  "officeLocation",
  "preferredLanguage",
  "surname",
  "userPrincipalName",
  "id",
];

export function userEntity(user: GraphUser): Entity {
  return {
    businessPhones: [],
    givenName: null,
    jobTitle: null,
    mail: null,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: null,
    usageLocation: null,
    accountEnabled: true,
    assignedLicenses: [],
    userType: "Member",
    ...user,
  };
}

export function groupEntity(group: GraphGroup): Entity {
  return {
    description: null,
    mailEnabled: false,
    mailNickname: group.id,
    securityEnabled: true,
    groupTypes: [],
    ...group,
  };
}
