import type { TenantId } from "../access/ids";

/** A customer's directory as our tenant app sees it after admin consent (Graph, app-only). */
export interface TenantDirectory {
  /** The admin-consent page for one tenant (fact sheet §2.8a). */
  consentUrl(ask: { tenantId: TenantId; redirectUri: string; state: string }): string;
  /**
   * Proves consent by getting a token for the tenant and reading its organisation; the redirect's own `tenant` value
   * proves nothing. `missing` when the app is not consented there.
   */
  readOrganization(
    tenantId: TenantId,
  ): Promise<
    { kind: "consented"; tenantId: TenantId; displayName: string; permissions: string[] } | { kind: "missing" }
  >;
}
