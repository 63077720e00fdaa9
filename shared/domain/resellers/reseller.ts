import { z } from "zod";
import type { AllowedAction } from "../access/allowed-action";
import { ResellerId, TenantId } from "../access/ids";
import type { ResellerIdentity } from "./reseller-identity";

export const RESELLER_PREFIX = "reseller_";

export function resellerRow(id: ResellerId): string {
  return RESELLER_PREFIX + id;
}

/** Row that keeps one (directory, application) pair from being added twice. */
export function applicationRow(directoryId: TenantId, applicationId: string): string {
  return `app_${directoryId}_${applicationId}`;
}

/** Authorisation states of product.md §3.1. */
export const ResellerState = z.enum(["NotAuthorized", "Authorized", "Revoked", "SecretInvalid"]);
export type ResellerState = z.infer<typeof ResellerState>;

/** A sign-in by which the reseller's Partner Center account may be used; the token itself is in the vault. */
export const Grant = z.object({
  grantId: z.string(),
  refreshTokenName: z.string(),
  authorizedBy: z.string(),
  authorizedAt: z.iso.datetime(),
});
export type Grant = z.infer<typeof Grant>;

/** A Partner Center identity of the MSP. */
export const Reseller = z.object({
  id: ResellerId,
  displayName: z.string(),
  domain: z.string(),
  directoryId: TenantId,
  applicationId: z.string(),
  state: ResellerState,
  applicationSecretName: z.string(),
  secretSetAt: z.iso.datetime(),
  secretExpiresAt: z.iso.datetime().optional(),
  grant: Grant.optional(),
  createdAt: z.iso.datetime(),
  modifiedAt: z.iso.datetime(),
});
export type Reseller = z.infer<typeof Reseller>;

/** What a call for this reseller needs; the token is there only after somebody authorised. */
export function identityOf(reseller: Reseller): ResellerIdentity {
  return {
    resellerId: reseller.id,
    directoryId: reseller.directoryId,
    applicationId: reseller.applicationId,
    applicationSecretName: reseller.applicationSecretName,
    ...(reseller.grant ? { refreshTokenName: reseller.grant.refreshTokenName } : {}),
  };
}

/** What may be done with the reseller's sign-in now (product.md §3.1). */
export function allowedActions(reseller: Reseller): AllowedAction[] {
  const isNew = reseller.state === "NotAuthorized";
  return [
    isNew
      ? { action: "authorize", allowed: true }
      : { action: "authorize", allowed: false, reason: "It has been authorised before: re-authorise." },
    isNew
      ? { action: "reauthorize", allowed: false, reason: "It has not been authorised yet." }
      : { action: "reauthorize", allowed: true },
  ];
}
