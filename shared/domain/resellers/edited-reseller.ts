import type { TenantId } from "../access/ids";
import type { Reseller, ResellerState } from "./reseller";

/** What somebody changes about a reseller; what is absent stays. */
export interface ResellerEdit {
  displayName?: string | undefined;
  domain?: string | undefined;
  applicationId?: string | undefined;
  applicationSecret?: string | undefined;
  /** `null`: it is not known any more. */
  secretExpiresAt?: string | null | undefined;
}

/** What Entra said to a new secret. `signInEnded`: it took the secret, and refused the sign-in. */
export type SecretVerdict = "accepted" | "refused" | "signInEnded";

/**
 * The reseller after an edit (product.md §3.4). A name changes nothing else. Another domain or application ends the
 * sign-in. A new secret keeps the sign-in when Entra accepts both, and says what is wrong when it does not.
 */
export function editedReseller(
  before: Reseller,
  edit: ResellerEdit,
  made: { directoryId: TenantId; secret: { secretName: string; verdict: SecretVerdict } | undefined },
  now: Date,
): Reseller {
  const at = now.toISOString();
  const { grant, secretVerifiedAt, secretExpiresAt, ...rest } = before;
  const domain = edit.domain ?? before.domain;
  const applicationId = edit.applicationId ?? before.applicationId;
  const endsSignIn = domain !== before.domain || applicationId !== before.applicationId;
  const { secret } = made;
  // An expiry belongs to its secret: a new secret does not inherit the day its forerunner ended.
  const expires = edit.secretExpiresAt === undefined ? (secret ? undefined : secretExpiresAt) : edit.secretExpiresAt;
  const verifiedAt = secret
    ? secret.verdict === "refused"
      ? undefined
      : at
    : endsSignIn
      ? undefined
      : secretVerifiedAt;
  return {
    ...rest,
    ...{ domain, applicationId, directoryId: made.directoryId },
    displayName: edit.displayName ?? before.displayName,
    state: stateAfter(before, endsSignIn, secret?.verdict),
    ...(secret ? { applicationSecretName: secret.secretName, secretSetAt: at } : {}),
    ...(verifiedAt ? { secretVerifiedAt: verifiedAt } : {}),
    ...(expires ? { secretExpiresAt: expires } : {}),
    ...(grant && !endsSignIn ? { grant } : {}),
    modifiedAt: at,
  };
}

function stateAfter(before: Reseller, endsSignIn: boolean, verdict: SecretVerdict | undefined): ResellerState {
  if (endsSignIn || before.grant === undefined) return "NotAuthorized";
  if (verdict === undefined) return before.state;
  return verdict === "accepted" ? "Authorized" : verdict === "refused" ? "SecretInvalid" : "Revoked";
}
