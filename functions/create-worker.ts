import { randomUUID } from "node:crypto";
import type { Config } from "../shared/config";
import type { ApplyDeps } from "../shared/domain/changes/apply-change";
import { MSP_PARTITION } from "../shared/domain/decisions/head";
import { noteResellerTrouble } from "../shared/domain/resellers/note-reseller-trouble";
import { identityOf, Reseller, resellerRow } from "../shared/domain/resellers/reseller";
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
    newGuid: randomUUID,
    resellerIdentity: async (id) => {
      const row = await store.get(MSP_PARTITION, resellerRow(id));
      const reseller = row && Reseller.parse(row.value);
      return reseller?.state === "Authorized" ? identityOf(reseller) : undefined;
    },
    noteResellerTrouble: (reseller, state) => noteResellerTrouble(world, reseller, state),
  };
}
