/** What an Entra stand-in holds at its start; `reset` goes back to it. */
export interface EntraSeed {
  directories: DirectorySeed[];
}

/** One directory (tenant) with its people, its app registrations and the apps of others it has let in. */
export interface DirectorySeed {
  tenantId: string;
  displayName: string;
  domains: DomainSeed[];
  accounts: AccountSeed[];
  /** Registered here: this is their home directory. */
  apps: AppSeed[];
  /** Service principals present here, with what an administrator granted them for everybody. */
  consents: ConsentSeed[];
  /** Tenants whose accounts may act here without being guests (GDAP). Absent: those of every directory. */
  partnerTenants?: string[];
  policies?: Partial<DirectoryPolicies>;
}

export interface DomainSeed {
  name: string;
  verified: boolean;
  initial?: boolean;
  default?: boolean;
}

export interface AccountSeed {
  oid: string;
  upn: string;
  displayName: string;
  password: string;
  /** Directory roles by name, such as `GlobalAdministrator`. */
  roles: string[];
  /** Security groups by name, such as `AdminAgents`; the `groups` claim carries these names. */
  groups: string[];
  /** Does multifactor authentication when it signs in on the page. */
  mfa: boolean;
  disabled?: boolean;
  /** App roles assigned to this account, by app id of the API. */
  appRoles?: Record<string, string[]>;
}

export interface AppSeed {
  appId: string;
  displayName: string;
  /** May be used in other directories, and by way of `common` and `organizations`. */
  multiTenant: boolean;
  redirectUris: string[];
  secrets: SecretSeed[];
  /** App roles its own API offers. */
  appRoles?: string[];
  /** Scopes its own API exposes. Absent: any name is accepted, `.default` means `user_impersonation`. */
  scopes?: string[];
  /** Other names of its own API beside the app id and `api://{appId}`. */
  identifierUris?: string[];
  /** Application permissions the registration lists: what an administrator grants on the consent page. */
  applicationPermissions?: { resource: string; roles: string[] }[];
  /** Delegated permissions the registration lists: what `.default` means. */
  delegatedPermissions?: { resource: string; scopes: string[] }[];
  /** Tokens may be had without a secret (except by client_credentials). */
  publicClient?: boolean;
}

interface SecretSeed {
  value: string;
  /** ISO time, by the virtual clock. */
  expiresAt: string;
}

interface ConsentSeed {
  appId: string;
  /**
   * `{resource}/{permission}`, delegated and application alike, such as `https://graph.microsoft.com/Organization.Read.All`;
   * a bare name is one of Graph; `{resource}/.default` is everything the registration lists for the resource, and
   * `.default` everything it lists at all.
   */
  permissions: string[];
}

/** Switches of one directory. */
export interface DirectoryPolicies {
  /** Conditional Access: every user token needs multifactor authentication. */
  requireMfa: boolean;
  /** What a user who is no administrator may consent to: nothing, permissions of low impact, or all delegated ones. */
  userConsent: "none" | "lowImpact" | "all";
  /** The real password grant never satisfies multifactor authentication; true lets scripts get such tokens. */
  passwordGrantMfa: boolean;
}

export const defaultPolicies: DirectoryPolicies = {
  requireMfa: false,
  userConsent: "lowImpact",
  passwordGrantMfa: false,
};
