import { AppError } from "../../errors";
import type { ResellerId } from "../access/ids";
import { wakeParkedChanges } from "../changes/wake-parked-changes";
import { refreshReseller, type RefreshDeps } from "./refresh-reseller";
import type { SecretDeps } from "./reseller-secrets";
import type { ResellerTask } from "./reseller-task";
import { notedUsers } from "./reseller-use";
import { tidyReseller } from "./tidy-reseller";

export type TendDeps = RefreshDeps & SecretDeps;

/**
 * Handles one message of the queue `tokens`. Whatever was true when it was sent, the rows decide what happens now. An
 * outage of the vault is left to the daily round; a failure of our own storage throws, so that the message comes again.
 */
export async function tendReseller(deps: TendDeps, { task, resellerId }: ResellerTask): Promise<void> {
  switch (task) {
    case "refresh":
      return refreshReseller(deps, resellerId);
    case "wakeChanges":
      return wakeChangesOf(deps, resellerId);
    case "tidy":
      return tidyOrLeave(deps, resellerId);
  }
}

async function tidyOrLeave(deps: TendDeps, id: ResellerId): Promise<void> {
  try {
    await tidyReseller(deps, id);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.log.warn("secrets of a reseller wait to be destroyed", { resellerId: id, errorCode: error.code });
  }
}

/** Changes that waited for the reseller go on now, not at the end of their pause. */
async function wakeChangesOf(deps: TendDeps, id: ResellerId): Promise<void> {
  let woken = 0;
  for await (const { tenantId } of notedUsers(deps.store, id)) woken += await wakeParkedChanges(deps, tenantId, id);
  if (woken > 0) deps.log.info("changes that waited for a reseller go on", { resellerId: id, changes: woken });
}
