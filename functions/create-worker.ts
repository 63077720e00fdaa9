import type { Config } from "../shared/config";
import type { ApplyDeps } from "../shared/domain/changes/apply-change";
import { authorizedIdentity } from "../shared/domain/resellers/find-reseller";
import { noteResellerTrouble } from "../shared/domain/resellers/note-reseller-trouble";
import { createSubscriptionWriter } from "../shared/partner-center/subscription-writer";
import type { World } from "./connect-world";

/** What the change worker is handed. This is the one place that can reach the write methods of Partner Center. */
export function createWorker(config: Config, world: World): ApplyDeps {
  const { store, partnerCenter } = world;
  return {
    ...world,
    subscriptions: partnerCenter.subscriptions,
    offers: partnerCenter.offers,
    history: partnerCenter.history,
    writer: createSubscriptionWriter(partnerCenter.connection, { timeoutMs: config.ledger.callTimeoutMs }),
    settings: config.ledger,
    resellerIdentity: (id) => authorizedIdentity(store, id),
    noteResellerTrouble: (reseller, state) => noteResellerTrouble(world, reseller, state),
  };
}
