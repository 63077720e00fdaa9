import { reconcile as reconcileAll } from "../../shared/domain/recovery/reconcile";
import { authorizedIdentity } from "../../shared/domain/resellers/find-reseller";
import { connectWorld } from "../connect-world";
import type { Command } from "./command";

/** Exit code of a reconciliation that has to be run again. */
const AGAIN = 3;

/**
 * `npm run reconcile`: a restored installation is compared with what Microsoft recorded since its backup. 0: all is settled;
 * 1: the rest is for people; 3: to be run again, and it says when.
 */
export const reconcile: Command = async ({ config, log, clock, say }) => {
  const world = connectWorld(config, log, clock);
  const { subscriptions, history } = world.partnerCenter;
  const report = await reconcileAll({
    ...{ ...world, subscriptions, history, say },
    settings: config.ledger,
    resellerIdentity: (id) => authorizedIdentity(world.store, id),
  });
  const { tenants, found, kept, held, unknown, unreadable, waitUntil, isDone } = report;
  say(
    `${tenants} tenants: ${found} changes found done, ${kept} untouched since the backup, ${held} for a person, ` +
      `${unknown} writes without a change, ${unreadable} tenants whose records cannot be read.`,
  );
  if (!isDone) {
    say(
      waitUntil ? `Run it again at ${waitUntil.toISOString()} or later; until then writes stay off.` : "Run it again.",
    );
    return AGAIN;
  }
  say("Reconciled. Writes may be switched on: PUT /api/v1/csp/settings/write-mode.");
  return held + unreadable === 0 ? 0 : 1;
};
