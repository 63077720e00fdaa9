import type { TimerHandler } from "@azure/functions";
import { scheduleSyncs } from "../../shared/domain/subscriptions/schedule-sync";

/** Once a day: what we last saw of every connected tenant's subscriptions is read anew. */
export const syncTenantsHandler =
  (deps: Parameters<typeof scheduleSyncs>[0]): TimerHandler =>
  async () => {
    await scheduleSyncs(deps);
  };
