import type { ServiceBusQueueHandler } from "@azure/functions";
import { syncSubscriptions, type ReadDeps } from "../../shared/domain/subscriptions/read-subscriptions";
import { DirectoryPointer } from "../../shared/domain/tenants/tenant-list";

/** Queue `sync`: refreshes what we last saw of a tenant's subscriptions. */
export const syncTenantHandler =
  (deps: ReadDeps): ServiceBusQueueHandler =>
  async (message) => {
    await syncSubscriptions(deps, DirectoryPointer.parse(message).tenantId);
  };
