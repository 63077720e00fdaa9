import type { ResellerId } from "../access/ids";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { Reseller, resellerRow } from "./reseller";

/**
 * Microsoft no longer accepts a reseller's sign-in: says so on the reseller, once. Its changes are parked, nothing is
 * deleted (product.md §3.1). A reseller that was re-authorised meanwhile is seen again by the next call.
 */
export async function noteResellerTrouble(
  deps: DecideDeps,
  id: ResellerId,
  state: "Revoked" | "SecretInvalid",
): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await decision.get(resellerRow(id), Reseller);
    if (found?.value.state !== "Authorized") return;
    decision.replace(found, { ...found.value, state, modifiedAt: decision.now.toISOString() } satisfies Reseller);
    decision.record({
      action: state === "Revoked" ? "reseller.revoked" : "reseller.secretInvalid",
      actor: { kind: "automation", id: "change-worker", name: "Change worker" },
      object: { type: "reseller", id, name: found.value.displayName },
      resellerId: id,
      result: "failure",
      errorCode: state,
      before: { state: found.value.state },
      after: { state },
    });
  });
}
