import type { ServiceBusQueueHandler } from "@azure/functions";
import { ResellerTask } from "../../shared/domain/resellers/reseller-task";
import { tendReseller, type TendDeps } from "../../shared/domain/resellers/tend-reseller";

/** Queue `tokens`. An unreadable message throws, and so ends in the dead letters. */
export const tendResellerHandler =
  (deps: TendDeps): ServiceBusQueueHandler =>
  async (message) => {
    await tendReseller(deps, ResellerTask.parse(message));
  };
