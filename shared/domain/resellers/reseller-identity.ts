import type { ResellerId, TenantId } from "../access/ids";

/** What a call to Microsoft on behalf of a reseller needs to know; secrets only by their name in the vault. */
export interface ResellerIdentity {
  resellerId: ResellerId;
  /** The reseller's own directory (its Microsoft tenant id). */
  directoryId: TenantId;
  applicationId: string;
  /** Vault name of the application secret. */
  applicationSecretName: string;
  /** Vault name of the refresh token of the current grant; absent until somebody authorised. */
  refreshTokenName?: string;
}
