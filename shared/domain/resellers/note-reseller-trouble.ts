import type { Log } from "../access/log";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import type { ResellerIdentity } from "./reseller-identity";
import { getReseller, identityOf, type Reseller } from "./reseller";

/** What became of a reseller whose sign-in Microsoft refuses: somebody must sign in again, or enter a valid secret. */
export type ResellerTrouble = "Revoked" | "SecretInvalid";

/** Names the system in the audit log where no person acted. */
export const RESELLER_KEEPER = { kind: "automation", id: "reseller-keeper", name: "Reseller keeper" } as const;

/**
 * Microsoft no longer accepts a reseller's sign-in: says so on the reseller, once, and tells the operators. Its changes
 * are parked, nothing is deleted (product.md §3.1). Counts only for the sign-in that was refused: a call that was under
 * way while somebody re-authorised, or entered another secret, says nothing about what is in use now.
 */
export async function noteResellerTrouble(
  deps: DecideDeps & { log: Log },
  refused: ResellerIdentity,
  state: ResellerTrouble,
): Promise<void> {
  const { resellerId } = refused;
  const noted = await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await getReseller(decision, resellerId);
    if (found?.value.state !== "Authorized" || !isSameSignIn(identityOf(found.value), refused)) return undefined;
    const { secretVerifiedAt, ...rest } = found.value;
    decision.replace(found, {
      ...rest,
      ...(state === "Revoked" && secretVerifiedAt ? { secretVerifiedAt } : {}),
      state,
      modifiedAt: decision.now.toISOString(),
    } satisfies Reseller);
    decision.record({
      action: state === "Revoked" ? "reseller.revoked" : "reseller.secretInvalid",
      actor: RESELLER_KEEPER,
      object: { type: "reseller", id: resellerId, name: found.value.displayName },
      resellerId,
      result: "failure",
      errorCode: state,
      before: { state: found.value.state },
      after: { state },
    });
    return found.value.displayName;
  });
  if (noted === undefined) return;
  const remedy = state === "Revoked" ? "re-authorise it" : "enter a valid application secret";
  deps.log.error(`Microsoft no longer accepts a reseller: ${remedy}`, { resellerId, displayName: noted, state });
}

function isSameSignIn(one: ResellerIdentity, other: ResellerIdentity): boolean {
  return (
    one.directoryId === other.directoryId &&
    one.applicationId === other.applicationId &&
    one.applicationSecretName === other.applicationSecretName &&
    one.refreshTokenName === other.refreshTokenName
  );
}
