/** What a Graph stand-in holds at its start; `reset` goes back to it. */
export interface GraphSeed {
  tenants: GraphTenantSeed[];
}

/** The directory objects of one tenant. A token's `tid` selects the tenant. */
export interface GraphTenantSeed {
  tenantId: string;
  displayName: string;
  /** ISO 3166-1 alpha-2. */
  countryLetterCode?: string;
  domains: { name: string; verified: boolean; initial?: boolean; default?: boolean }[];
  subscribedSkus: SubscribedSku[];
  users: GraphUser[];
  groups: GraphGroup[];
}

/** One licence of a tenant (partner-center-api.md §10). */
export interface SubscribedSku {
  skuId: string;
  skuPartNumber: string;
  /** Only `User` is assignable. */
  appliesTo: "User" | "Company";
  capabilityStatus: "Enabled" | "Warning" | "Suspended" | "Deleted" | "LockedOut";
  /** Seats assigned; may exceed what is enabled. */
  consumedUnits: number;
  prepaidUnits: { enabled: number; suspended: number; warning: number; lockedOut: number };
  servicePlans?: { servicePlanId: string; servicePlanName: string; provisioningStatus: string; appliesTo: string }[];
  /** Subscriptions of the directory, not of Partner Center. */
  subscriptionIds?: string[];
}

export interface GraphUser {
  id: string;
  displayName: string;
  userPrincipalName: string;
  givenName?: string;
  surname?: string;
  mail?: string;
  jobTitle?: string;
  accountEnabled?: boolean;
  usageLocation?: string;
  assignedLicenses?: { skuId: string; disabledPlans: string[] }[];
}

export interface GraphGroup {
  id: string;
  displayName: string;
  description?: string;
  securityEnabled?: boolean;
  mailEnabled?: boolean;
  mailNickname?: string;
}
