import type { Log } from "../access/log";
import type { ResellerId } from "../access/ids";
import { forgetName } from "../access/unique-name";
import { MSP_PARTITION } from "../decisions/head";
import { Reseller, resellerRow } from "./reseller";
import { forgetApplication } from "./reseller-application";
import { destroyDoomedSecrets, secretsOf, type SecretDeps } from "./reseller-secrets";
import { tokenRow } from "./token-record";

/**
 * Ends what a decision about a reseller began: destroys the secrets it no longer uses and, once it is deleted and none is
 * left, removes its rows. Each step may be repeated, so whoever finds it half done goes on. Throws what the vault throws.
 */
export async function tidyReseller(deps: SecretDeps, id: ResellerId): Promise<void> {
  const left = await destroyDoomedSecrets(deps, secretsOf(id));
  const found = await deps.store.get(MSP_PARTITION, resellerRow(id));
  const reseller = found && Reseller.parse(found.value);
  if (!found || reseller?.deletedAt === undefined || left > 0) return;
  await forgetApplication(deps.store, reseller);
  await forgetName(deps.store, "reseller", reseller.displayName);
  const token = await deps.store.get(MSP_PARTITION, tokenRow(id));
  if (token) await deps.store.remove(MSP_PARTITION, token.row, token.etag);
  // Last: as long as the row is there, the daily round comes back to it.
  await deps.store.remove(MSP_PARTITION, found.row, found.etag);
}

/** The same at once, where a message about it has left anyway: what fails now is done when the message arrives. */
export async function tryToTidy(deps: SecretDeps & { log: Log }, id: ResellerId): Promise<void> {
  try {
    await tidyReseller(deps, id);
  } catch (error) {
    deps.log.warn("secrets of a reseller wait to be destroyed", { resellerId: id, error });
  }
}
