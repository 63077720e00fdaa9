import { z } from "zod";
import type { AllowedAction } from "../access/allowed-action";
import { ResellerId, TenantId } from "../access/ids";
import type { Decision, Found } from "../decisions/decide";
import type { ResellerIdentity } from "./reseller-identity";

export const RESELLER_PREFIX = "reseller_";

export function resellerRow(id: ResellerId): string {
  return RESELLER_PREFIX + id;
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
  /** When Entra accepted the present secret; absent while it has not, or after it refused it. */
  secretVerifiedAt: z.iso.datetime().optional(),
  secretExpiresAt: z.iso.datetime().optional(),
  grant: Grant.optional(),
  createdAt: z.iso.datetime(),
  modifiedAt: z.iso.datetime(),
  /** The reseller is gone for everybody; its row stays until its secrets are destroyed, so that somebody ends that. */
  deletedAt: z.iso.datetime().optional(),
});
export type Reseller = z.infer<typeof Reseller>;

/** The reseller inside a decision of the MSP's partition; undefined when there is none, or it has been deleted. */
export async function getReseller(decision: Decision, id: ResellerId): Promise<Found<Reseller> | undefined> {
  const found = await decision.get(resellerRow(id), Reseller);
  return found?.value.deletedAt === undefined ? found : undefined;
}

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

/** What may be done with the reseller's sign-in now, or why not (product.md §3.1). */
export function allowedActions({ state, grant }: Reseller): AllowedAction[] {
  return [
    possible("authorize", state === "NotAuthorized" ? undefined : "It has been authorised before: re-authorise."),
    possible("reauthorize", refusalToReauthorize(state)),
    possible("check", grant ? undefined : "It has not been authorised yet."),
  ];
}

function refusalToReauthorize(state: ResellerState): string | undefined {
  if (state === "NotAuthorized") return "It has not been authorised yet.";
  // Nobody could sign in: the code that Entra sends back is exchanged with the application's secret.
  return state === "SecretInvalid" ? "Its application secret does not work: enter a valid one first." : undefined;
}

function possible(action: string, refusal: string | undefined): AllowedAction {
  return refusal === undefined ? { action, allowed: true } : { action, allowed: false, reason: refusal };
}
