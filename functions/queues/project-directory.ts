import type { ServiceBusQueueHandler } from "@azure/functions";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import { DirectoryPointer, projectTenant, type TenantList } from "../../shared/domain/tenants/tenant-list";

/** Queue `directory`: brings the lists across tenants up to date. */
export const projectDirectoryHandler =
  (deps: { store: StateStore; tenants: TenantList }): ServiceBusQueueHandler =>
  async (message) => {
    await projectTenant(deps, DirectoryPointer.parse(message).tenantId);
  };
