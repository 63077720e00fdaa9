import { AppError } from "../../errors";
import type { RandomBytes } from "../access/clock";
import type { Log } from "../access/log";
import type { AuditFacts } from "../audit/audit-entry";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { getReseller, type Grant, type Reseller } from "./reseller";
import {
  abandonSecret,
  adoptSecret,
  doomSecret,
  refreshTokenName,
  storeSecret,
  type SecretDeps,
} from "./reseller-secrets";
import { sendTask } from "./reseller-task";
import { tryToTidy } from "./tidy-reseller";

export interface AdoptDeps extends DecideDeps, SecretDeps {
  random: RandomBytes;
  log: Log;
}

/**
 * Makes a proven sign-in the reseller's. The token is in the vault under a name of its own before the row names it; the
 * former one is destroyed afterwards. Changes that waited for the reseller are taken up. Throws `notFound` when the
 * reseller was deleted meanwhile, `stateExpired` when it became another application's or directory's.
 */
export async function adoptGrant(
  deps: AdoptDeps,
  signedInto: Reseller,
  signedIn: { refreshToken: string; userName: string },
  by: Pick<AuditFacts, "actor" | "correlationId" | "clientIp">,
): Promise<void> {
  const { id } = signedInto;
  const grantId = Buffer.from(deps.random(8)).toString("hex");
  const secretName = refreshTokenName(id, grantId);
  try {
    await storeSecret(deps, secretName, signedIn.refreshToken);
    await decide(deps, MSP_PARTITION, async (decision) => {
      const found = await getReseller(decision, id);
      if (!found) throw new AppError("not-found", "notFound", "The reseller has been deleted meanwhile.");
      if (!isSameApplication(found.value, signedInto)) {
        throw new AppError("invalid", "stateExpired", "The reseller was changed during the sign-in: start again.");
      }
      const at = decision.now.toISOString();
      const { userName: authorizedBy } = signedIn;
      const grant: Grant = { grantId, refreshTokenName: secretName, authorizedBy, authorizedAt: at };
      const { state, grant: former, displayName } = found.value;
      await adoptSecret(decision, secretName);
      if (former) await doomSecret(decision, former.refreshTokenName);
      const next: Reseller = { ...found.value, state: "Authorized", grant, secretVerifiedAt: at, modifiedAt: at };
      decision.replace(found, next);
      if (former) sendTask(decision, "tidy", id);
      // Also of a reseller that seemed to work: a change may have been the first to find out that it does not.
      sendTask(decision, "wakeChanges", id);
      decision.record({
        ...by,
        action: "reseller.authorize.success",
        object: { type: "reseller", id, name: displayName },
        resellerId: id,
        result: "success",
        before: { state },
        after: { state: "Authorized", authorizedBy },
      });
    });
  } catch (error) {
    await abandonSecret(deps, secretName).catch((cause: unknown) =>
      deps.log.warn("a refresh token nobody uses waits to be destroyed", { secretName, error: cause }),
    );
    throw error;
  }
  await tryToTidy(deps, id);
}

function isSameApplication(one: Reseller, other: Reseller): boolean {
  return one.directoryId === other.directoryId && one.applicationId === other.applicationId;
}
